"""A job that empty nodes could not hold is refused, and the message says why."""

import pytest

from gateway_sim.control_plane.scheduling.capacity import Capacity
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node
from gateway_sim.control_plane.scheduling.work import NoNodeCouldHold, Work, WorkRefused

NODES = [Node.of(4), Node.of(4)]


def work(name: str, gpus: int, **more: object) -> Work:
    """Return a job of an hour."""
    return Work(name, gpus, 3600.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("gpus", [0, 5])
def test_a_job_that_no_node_could_hold_is_refused(gpus):
    """With its name and the largest node."""
    with pytest.raises(NoNodeCouldHold, match=f"job huge asks for {gpus} GPUs; the largest node has 4"):
        Capacity(NODES).check(work("huge", gpus))


@pytest.mark.parametrize("runs_s", [-1.0, float("nan")])
def test_a_job_whose_time_is_none_is_refused(runs_s):
    """With its name."""
    with pytest.raises(WorkRefused, match=r"job odd runs for (-1|nan) s; it must be 0 or more"):
        Capacity(NODES).check(Work("odd", 1, runs_s))


def test_a_gang_for_which_the_nodes_are_too_few_is_refused():
    """Of eight GPUs on two nodes, three pods of three are one too many."""
    with pytest.raises(NoNodeCouldHold, match="job gang asks for 3 pods of 3 GPUs"):
        Capacity(NODES).check(work("gang", 3, pods=3))
    with pytest.raises(WorkRefused, match="asks for parts of 2 GPUs"):
        Capacity(NODES).check(work("parts", 2, milli=500))


@pytest.mark.parametrize(("pods", "many"), [(1, ""), (2, "2 pods of "), (3, "3 pods of ")])
def test_what_the_empty_nodes_cannot_hold_is_said_with_its_pods(pods, many):
    """A gang names how many pods it has."""
    job = work("wide", 1, cpu_milli=9000, memory_mib=5, pods=pods)
    with pytest.raises(NoNodeCouldHold, match=f"asks for {many}1 GPUs, 9000 mCPU and 5 MiB"):
        Capacity([Node((WHOLE,), 8000, 9)]).check(job)


def test_where_jobs_are_blocks_of_gpus_a_gang_and_a_part_are_refused():
    """A scheduler that moves jobs together places no such job."""
    for job in (work("gang", 1, pods=2), work("part", 1, milli=500)):
        with pytest.raises(WorkRefused, match=f"job {job.name} is a gang or no job of whole GPUs"):
            Capacity(NODES, as_blocks=True).check(job)
