"""Schedulers, each with one defect."""

from collections.abc import Sequence
from typing import Any

from gateway_sim.control_plane.scheduling.placers import FreeNode, Start, WaitingJob
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


class FirstFit:
    """A scheduler that keeps the contract: each job on the first nodes with room."""

    def __init__(self, sandbox: Sandbox[Any], nodes: Sequence[FreeNode]) -> None:
        self.empty = nodes

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        rooms, starts = list(free), []
        for job in self.order(waiting):
            left, names = list(rooms), []
            for _ in range(job.pods):
                number = next((n for n, node in enumerate(left) if self.holds(left, node, job)), None)
                if number is None:
                    break
                names.append(left[number].name)
                left[number] = self.less(left[number], job)
            if len(names) == job.pods:
                starts.append(Start(job.name, names))
                rooms = left
        return starts

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return sorted(waiting, key=lambda job: -job.priority)

    def holds(self, rooms: Sequence[FreeNode], node: FreeNode, job: WaitingJob) -> bool:
        """Return whether a pod fits."""
        return node.holds(job)

    def less(self, node: FreeNode, job: WaitingJob) -> FreeNode:
        """Return the node with the pod."""
        return node.less(job)


class KeepsAGpu(FirstFit):
    """Takes a node that has exactly the GPUs for one that is too small."""

    def holds(self, rooms: Sequence[FreeNode], node: FreeNode, job: WaitingJob) -> bool:
        """Return whether a pod fits."""
        return node.gpus > job.gpus


class AnswersNone(FirstFit):
    """Answers None where nothing starts."""

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        return super().place(free, waiting, now_s) or None


class Repeats(FirstFit):
    """Starts each job that it has ever seen."""

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        seen = self.__dict__.setdefault("seen", {})
        seen.update({job.name: job for job in waiting})
        return super().place(free, list(seen.values()), now_s)


class NumbersNodes(FirstFit):
    """Has names of its own for nodes."""

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        return super().place([node._replace(name=f"node-{n}") for n, node in enumerate(free)], waiting, now_s)


class InSum(FirstFit):
    """Takes the emptiest node where the cluster has the GPUs in all."""

    def holds(self, rooms: Sequence[FreeNode], node: FreeNode, job: WaitingJob) -> bool:
        """Return whether a pod fits."""
        free = [each.gpus for each in rooms]
        return sum(free) >= job.gpus and node.gpus == max(free)

    def less(self, node: FreeNode, job: WaitingJob) -> FreeNode:
        """Return the node with the pod."""
        return node.less(job) if node.holds(job) else node._replace(shares=())


class EachByItself(FirstFit):
    """Looks for a place for each job as if no other one started."""

    def less(self, node: FreeNode, job: WaitingJob) -> FreeNode:
        """Return the node with the pod of a gang; of other jobs, the node as it was."""
        return node.less(job) if job.pods > 1 else node


class OnePod(FirstFit):
    """Takes a gang for one pod."""

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return [job._replace(pods=1) for job in super().order(waiting)]


class PodByPod(FirstFit):
    """Starts the pods of a gang that fit."""

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return [job._replace(pods=min(job.pods, self.fitting // job.gpus)) for job in super().order(waiting)]

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        self.fitting = sum(node.gpus for node in free)
        return [start for start in super().place(free, waiting, now_s) if start.nodes]


class SumsParts(FirstFit):
    """Adds up what is left of all GPUs of a node."""

    def holds(self, rooms: Sequence[FreeNode], node: FreeNode, job: WaitingJob) -> bool:
        """Return whether a pod fits."""
        return sum(node.shares) >= job.gpus * job.milli

    def less(self, node: FreeNode, job: WaitingJob) -> FreeNode:
        """Return the node with the pod."""
        return node.less(job) if node.holds(job) else node


class GpusOnly(FirstFit):
    """Looks at GPUs alone."""

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return [job._replace(cpu_milli=0, memory_mib=0) for job in super().order(waiting)]


class OwnAccount(FirstFit):
    """Keeps an account of its own, in which no job ends."""

    def less(self, node: FreeNode, job: WaitingJob) -> FreeNode:
        """Return the node with the pod."""
        left = node.less(job)
        self.empty = [left if each.name == left.name else each for each in self.empty]
        return left

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        return super().place(self.empty, waiting, now_s)


class AnswersOnce(FirstFit):
    """Answers once for each name."""

    def __init__(self, sandbox: Sandbox[Any], nodes: Sequence[FreeNode]) -> None:
        super().__init__(sandbox, nodes)
        self.answered: set[str] = set()

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        starts = super().place(free, [job for job in waiting if job.name not in self.answered], now_s)
        self.answered |= {start.job for start in starts}
        return starts


class ForgetsTheGone(FirstFit):
    """Takes a job that was in the queue and left it for one that has ended."""

    def __init__(self, sandbox: Sandbox[Any], nodes: Sequence[FreeNode]) -> None:
        super().__init__(sandbox, nodes)
        self.queue: set[str] = set()
        self.gone: set[str] = set()

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        names = {job.name for job in waiting}
        self.gone |= self.queue - names
        self.queue = names
        return super().place(free, [job for job in waiting if job.name not in self.gone], now_s)


class OneForAll(AnswersOnce):
    """Has one memory for all clusters of a sandbox."""

    def __init__(self, sandbox: Sandbox[Any], nodes: Sequence[FreeNode]) -> None:
        super().__init__(sandbox, nodes)
        self.answered = sandbox.__dict__.setdefault("answered", self.answered)

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        starts = FirstFit.place(self, free, [job for job in waiting if job.name not in self.answered], now_s)
        self.answered.update(start.job for start in starts)
        return starts


class OfItsProcess(FirstFit):
    """Begins its search at a node that each process draws anew."""

    made = 0

    def __init__(self, sandbox: Sandbox[Any], nodes: Sequence[FreeNode]) -> None:
        super().__init__(sandbox, nodes)
        OfItsProcess.made += 1
        self.first = OfItsProcess.made % len(nodes)

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start what fits."""
        return super().place([*free[self.first :], *free[: self.first]], waiting, now_s)


class NoPriority(FirstFit):
    """Knows no priority."""

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return waiting


class ByName(FirstFit):
    """Starts equal jobs in the order of their names."""

    def order(self, waiting: Sequence[WaitingJob]) -> Sequence[WaitingJob]:
        """Return the jobs in their turn."""
        return sorted(waiting, key=lambda job: (-job.priority, job.name))


class OneByOne(FirstFit):
    """Lets no job pass."""

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Any:
        """Start the first job if it fits."""
        return super().place(free, self.order(waiting)[:1], now_s)


def _of_scheduler(kind: type[FirstFit], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, cluster: str, nodes: Sequence[FreeNode]) -> FirstFit:
        return kind(sandbox, nodes)

    return Defect(make, saw)


DEFECTS = {
    "a-job-that-fits-starts": _of_scheduler(KeepsAGpu, "started nothing of a job"),
    "an-empty-answer-is-a-list": _of_scheduler(AnswersNone, "it answered None; an answer is a list"),
    "only-waiting-jobs-start": _of_scheduler(Repeats, "it starts a, which runs"),
    "nodes-are-the-clusters": _of_scheduler(NumbersNodes, "it starts a on node-0, which does not exist"),
    "a-node-has-the-gpus": _of_scheduler(InSum, "it starts c on east-7, which has no room for it: a pod takes 4"),
    "starts-of-one-answer-are-apart": _of_scheduler(EachByItself, "no room for it after what it starts there before"),
    "a-gang-starts-whole": _of_scheduler(OnePod, "it starts gang on 1 node; its pods, 3, need one each"),
    "a-gang-waits-whole": _of_scheduler(PodByPod, "it starts gang on 2 nodes; its pods, 3, need one each"),
    "parts-are-of-one-gpu": _of_scheduler(SumsParts, "it starts c on east-7, which has no room for it"),
    "processors-and-memory-count": _of_scheduler(GpusOnly, "it starts b on east-7, which has no room for it"),
    "a-job-that-waited-starts": _of_scheduler(OwnAccount, "started nothing on the nodes that became free"),
    "a-job-that-still-waits-starts-later": _of_scheduler(AnswersOnce, "once that had ended nothing"),
    "a-preempted-job-starts-again": _of_scheduler(ForgetsTheGone, "started nothing where the preempted job"),
    "clusters-are-apart": _of_scheduler(OneForAll, "started nothing of two jobs"),
    "runs-repeat": _of_scheduler(OfItsProcess, "of 20 jobs elsewhere or later"),
    "a-higher-priority-goes-first": _of_scheduler(NoPriority, "started low"),
    "the-longer-wait-goes-first": _of_scheduler(ByName, "started b on east-7"),
    "a-job-that-fits-passes": _of_scheduler(OneByOne, "started nothing where a node was free"),
}
"""The defect of each clause."""
