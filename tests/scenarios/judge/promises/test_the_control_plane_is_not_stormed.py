"""The control plane is not stormed: a herd does not ask as one."""

from gateway_sim.client.events import ControlPlaneProbed
from gateway_sim.scenarios.judge.promises.the_control_plane_is_not_stormed import the_control_plane_is_not_stormed

ASKED = ControlPlaneProbed("JOB_STATE_RUNNING", None)


def test_thirty_two_at_once_keep_it_and_one_more_breaks_it(history, broken):
    """Within the same 50 ms."""
    assert broken(the_control_plane_is_not_stormed, history(*[(1.0, ASKED)] * 32)) == []
    assert broken(the_control_plane_is_not_stormed, history(*[(1.0, ASKED)] * 33)) == [
        (1.0, "33 probes came within 50 ms")
    ]


def test_any_number_that_is_spread_keeps_it(history, broken):
    """Two milliseconds apart are 26 in any 50."""
    assert broken(the_control_plane_is_not_stormed, history(*[(n * 0.002, ASKED) for n in range(200)])) == []


def test_a_storm_is_told_once(history, broken):
    """However long it lasts."""
    assert len(broken(the_control_plane_is_not_stormed, history(*[(1.0, ASKED)] * 90))) == 1
