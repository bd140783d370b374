"""What a job asks for."""

from gateway_sim.control_plane.scheduling.shares import Pod
from gateway_sim.control_plane.scheduling.work import Rules, Work, in_gpus


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


def test_without_settings_a_scheduler_packs_and_lets_every_job_run_to_its_end():
    """Neither moved, preempted nor shrunk; a job asks for whole GPUs of one pod."""
    assert Rules() == Rules(
        placement="best-fit", order="best-effort", consolidates=False, repacks_anew=False, preempts=False,
        shrinks=False, victims="youngest", quotas=(), mix=(),
    )  # fmt: skip
    assert Work("job", 2, 1.0) == Work(
        "job", 2, 1.0, namespace="default", priority=0, milli=1000, cpu_milli=0, memory_mib=0, pods=1
    )
    assert Work("job", 2, 1.0).pod == Pod(2) == Pod(2, 1000, 0, 0)
