"""The control plane refuses no request."""

from gateway_sim.control_plane.events import OutageAnswered, RequestTurnedAway
from gateway_sim.scenarios.judge.promises.the_control_plane_refuses_no_request import (
    the_control_plane_refuses_no_request,
)


def test_each_that_is_turned_away_counts_and_an_outage_is_another_matter(history, broken):
    """Two were, the first at 3 s."""
    away = RequestTurnedAway("GET", "/v1/accounts")
    assert broken(the_control_plane_refuses_no_request, history((3.0, OutageAnswered("GET", "/")))) == []
    trace = history((3.0, away), (4.0, away))
    assert broken(the_control_plane_refuses_no_request, trace) == [(3.0, "2 requests were refused")]
