"""What a node has left for a scheduler of a team's own."""

import pytest

from gateway_sim.control_plane.scheduling.placers import FreeNode, WaitingJob


def test_a_node_counts_its_whole_gpus_and_takes_a_pod_from_the_fullest_that_fits():
    """Two whole ones of four; a part of 300 fits on the one that has 400 left, and 700 on a whole one only."""
    node = FreeNode("a", (0, 400, 1000, 1000), 8_000, 32_000)
    assert node.gpus == 2
    small, large = WaitingJob("s", 1, 300, 1_000, 2_000), WaitingJob("l", 1, 700)
    assert node.less(small) == FreeNode("a", (0, 100, 1000, 1000), 7_000, 30_000, ("s",))
    assert node.less(large) == FreeNode("a", (0, 300, 400, 1000), 8_000, 32_000, ("l",))
    assert node.less(WaitingJob("two", 2)).gpus == 0
    assert node.less(large).less(large).jobs == ("l",)


def test_what_a_pod_took_comes_back():
    """Whole GPUs, processors and memory as they were."""
    node = FreeNode("a", (0, 400, 1000, 1000), 8_000, 32_000, ("other",))
    for job in (WaitingJob("two", 2, 1000, 1_000, 2_000), WaitingJob("cpu", 0, 0, 500), WaitingJob("part", 1, 400)):
        assert node.less(job).more(job) == node


@pytest.mark.parametrize(
    ("shares", "milli", "after"),
    [
        ((0, 0, 500, 1000), 500, (0, 0, 1000, 1000)),
        ((0, 200, 500), 300, (0, 200, 800)),
        ((0, 900), 300, (300, 900)),
        ((800, 900), 300, (800, 1000)),
    ],
)
def test_of_shared_gpus_one_gives_a_part_back_that_can_have_had_it(shares, milli, after):
    """One that is whole then, else the emptiest with room for it, and never more than a GPU."""
    assert FreeNode("a", shares).more(WaitingJob("part", 1, milli)).shares == after


@pytest.mark.parametrize(
    "job", [WaitingJob("gpus", 3), WaitingJob("cpu", 1, cpu_milli=9_000), WaitingJob("memory", 0, 0, 0, 40_000)]
)
def test_a_pod_that_does_not_fit_is_not_taken(job):
    """For its GPUs, its processors or its memory."""
    node = FreeNode("a", (0, 400, 1000, 1000), 8_000, 32_000)
    assert not node.holds(job)
    with pytest.raises(ValueError, match=f"a has no room for {job.name}"):
        node.less(job)
