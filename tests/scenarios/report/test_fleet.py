"""The picture of a fleet's nodes."""

from gateway_sim.scenarios.report.fleet import _lowest


def test_a_pod_is_drawn_on_the_lowest_parts_that_are_free():
    """In one piece, in two around another pod, above all; nothing for a pod without a GPU."""
    assert _lowest([], 2000) == [(0, 2000)]
    assert _lowest([(1000, 2000)], 2000) == [(0, 1000), (2000, 3000)]
    assert _lowest([(0, 500), (500, 1000)], 300) == [(1000, 1300)]
    assert _lowest([(0, 500)], 0) == []
