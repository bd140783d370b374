"""Today's gateway: 404 for whatever it does not see."""

from __future__ import annotations

import pytest

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.route_table import Route, RouteKey

KEY = RouteKey("acme", "job-1")


@pytest.mark.parametrize("leg", ["connect", "dispatch", "poll", "heartbeat", "health", "other"])
@pytest.mark.parametrize("seen", [None, Route("acme", "job-1", 1, "TOMBSTONE", "")])
def test_every_leg_is_answered_404_at_once(leg, seen):
    """Gone, not yet here or only not visible: the answer is the same, in the words that the SDK shows its user."""
    answer = NotFound().on_miss(Miss(KEY, leg, 0.0, seen))
    assert isinstance(answer, Refuse)
    assert (answer.status, answer.detail, answer.headers, answer.extra) == (
        404, "Trainer job not found or not running", {}, {},
    )  # fmt: skip
