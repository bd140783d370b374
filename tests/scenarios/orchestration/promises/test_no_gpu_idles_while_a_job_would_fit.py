"""No GPU idles while a job would fit, others moved if need be."""

from gateway_sim.control_plane.events import ClusterOpened, WorkEnded, WorkPlaced, WorkQueued
from gateway_sim.scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import (
    no_gpu_idles_while_a_job_would_fit,
)

OPENED = (0.0, ClusterOpened("c", (("a", 2), ("b", 2))))
TWO_ONES = [(0.0, WorkPlaced("c", "x", "a", 1)), (0.0, WorkPlaced("c", "y", "b", 1))]


def queued(gpus):
    """Return a job that comes after half an hour."""
    return (1800.0, WorkQueued("c", "z", gpus, "default"))


def test_two_free_gpus_apart_are_two_too_few_for_a_pair_and_enough_to_break_the_promise(history, broken):
    """From half past until x ends, an hour later, two GPUs idle."""
    trace = history(OPENED, *TWO_ONES, queued(2), (5400.0, WorkEnded("c", "x")), (5400.0, WorkPlaced("c", "z", "a", 2)))
    found = broken(no_gpu_idles_while_a_job_would_fit, trace)
    assert found == [(1800.0, "in c, 2.00 GPU-hours were idle while a waiting job would fit")]


def test_a_job_that_needs_more_than_there_is_may_wait(history, broken):
    """Three GPUs are not free anywhere."""
    trace = history(OPENED, *TWO_ONES, queued(3), (5400.0, WorkEnded("c", "x")), (5400.0, WorkEnded("c", "y")))
    assert broken(no_gpu_idles_while_a_job_would_fit, trace) == []


def test_a_job_that_no_layout_has_room_for_may_wait(history, broken):
    """Two jobs of three on two nodes of four leave two GPUs, and no move brings them together."""
    opened = (0.0, ClusterOpened("c", (("a", 4), ("b", 4))))
    running = [(0.0, WorkPlaced("c", "x", "a", 3)), (0.0, WorkPlaced("c", "y", "b", 3))]
    trace = history(opened, *running, queued(2), (5400.0, WorkEnded("c", "x")), (5400.0, WorkPlaced("c", "z", "a", 2)))
    assert broken(no_gpu_idles_while_a_job_would_fit, trace) == []
