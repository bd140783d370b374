"""Today's gateway: 404 for whatever it does not see."""

import pytest

from gateway_sim.miss_policies import Refuse
from gateway_sim.miss_policies.not_found import NotFound
from tests.gateway_sim.miss_policies.misses import LEGS, miss, route


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("seen", [None, route("PENDING"), route("TOMBSTONE")])
def test_every_leg_is_answered_404_at_once(leg, seen):
    """Gone, not yet here or only not visible: the answer is the same, in the words that the SDK shows its user."""
    answer = NotFound().on_miss(miss(leg, seen=seen))
    assert isinstance(answer, Refuse)
    assert (answer.status, answer.detail, answer.headers, answer.extra) == (
        404, "Trainer job not found or not running", {}, {},
    )  # fmt: skip
