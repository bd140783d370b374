"""The answers that a miss policy may give."""

import pytest

from gateway_sim.miss_policies import Miss, Wait
from gateway_sim.route_table import RouteKey


@pytest.mark.parametrize("for_s", [0.0, -1.0, float("nan")])
def test_a_wait_in_which_no_time_passes_is_a_mistake(for_s):
    """The policy would be asked again for ever, within one moment."""
    with pytest.raises(ValueError, match="more than 0 s"):
        Wait(for_s)


def test_a_miss_that_nothing_more_is_known_of():
    """No read was made, no generation is asked for, and the control plane was not asked."""
    known = Miss(RouteKey("acme", "job-1"), "dispatch", 0.0, None)
    assert known == Miss(
        known.key, "dispatch", 0.0, None, asked_primary=False, at_least=0, unreadable="", liveness=None,
        stray=False, begins_run=False, at_s=0.0, shares_read=False,
    )  # fmt: skip
