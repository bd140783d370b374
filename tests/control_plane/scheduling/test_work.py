"""What a job asks for."""

from gateway_sim.control_plane.scheduling.shares import Pod
from gateway_sim.control_plane.scheduling.work import Work, in_gpus


def test_a_gang_asks_for_the_gpus_of_all_its_pods():
    """Whole ones as a whole number."""
    gang = Work("gang", 2, 1.0, pods=3, cpu_milli=5, memory_mib=7)
    assert (gang.pod, gang.asks) == (Pod(2, 1000, 5, 7), 6)
    assert isinstance(gang.asks, int)
    assert Work("share", 1, 1.0, milli=460).asks == 0.46
    assert Work("none", 0, 1.0, milli=0).asks == 0


def test_thousandths_are_whole_gpus_where_they_can_be():
    """So that sums of whole ones stay exact."""
    assert [in_gpus(milli) for milli in (0, 500, 1000, 2500)] == [0, 0.5, 1, 2.5]
