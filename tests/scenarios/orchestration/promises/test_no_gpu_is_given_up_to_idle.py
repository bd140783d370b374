"""No GPU is given up to idle: what a job gives up beyond the claim must be taken by another one."""

from gateway_sim.control_plane.events import (
    ClusterOpened,
    WorkEnded,
    WorkEvicted,
    WorkPlaced,
    WorkQueued,
    WorkShrunk,
)
from gateway_sim.scenarios.orchestration.promises.no_gpu_is_given_up_to_idle import no_gpu_is_given_up_to_idle

BEGAN = [
    (0.0, ClusterOpened("c", (("n", 8), ("m", 8)))),
    (0.0, WorkQueued("c", "big", 8, "backfill")),
    (0.0, WorkPlaced("c", "big", "n", 8)),
    (100.0, WorkQueued("c", "small", 2, "hourly")),
]
STARTS = (100.0, WorkPlaced("c", "small", "n", 2))
ENDS = (3700.0, WorkEnded("c", "small"))
EVICTED = (100.0, WorkEvicted("c", "big", "small", 0.0))


def test_six_gpus_that_no_job_takes_are_given_up_to_idle(history, broken):
    """For the hour that the job of two runs; the other node's idle GPUs were given up by none."""
    assert broken(no_gpu_is_given_up_to_idle, history(*BEGAN, EVICTED, STARTS, ENDS)) == [
        (100.0, "on n of c, 6.00 GPU-hours given up for small were idle")
    ]


def test_a_job_that_shrinks_gives_up_what_is_claimed(history, broken):
    """It goes on with six."""
    shrunk = (100.0, WorkShrunk("c", "big", 6, "small", 0.0))
    assert broken(no_gpu_is_given_up_to_idle, history(*BEGAN, shrunk, STARTS, ENDS)) == []


def test_what_is_given_up_for_a_job_that_runs_elsewhere_is_not_for_it(history, broken):
    """Nor is it when that job gives way and starts again, on the node that was left."""
    elsewhere = (100.0, WorkPlaced("c", "small", "m", 2))
    again = (
        (100.0, WorkQueued("c", "other", 8, "hourly")),
        (200.0, WorkEvicted("c", "small", "other", 0.0)), (200.0, WorkPlaced("c", "other", "m", 8)),
        (200.0, WorkPlaced("c", "small", "n", 2)),
    )  # fmt: skip
    assert broken(no_gpu_is_given_up_to_idle, history(*BEGAN, elsewhere, EVICTED, *again, ENDS)) == []


def test_what_another_job_takes_at_once_is_not_idle(history, broken):
    """Half an hour later it would have been."""
    filled = WorkPlaced("c", "filler", "n", 6)
    queued = (100.0, WorkQueued("c", "filler", 6, "backfill"))
    at_once = history(*BEGAN, EVICTED, STARTS, queued, (100.0, filled), ENDS)
    assert broken(no_gpu_is_given_up_to_idle, at_once) == []
    later = history(*BEGAN, EVICTED, STARTS, queued, (1900.0, filled), ENDS)
    assert broken(no_gpu_is_given_up_to_idle, later) == [
        (100.0, "on n of c, 3.00 GPU-hours given up for small were idle")
    ]
