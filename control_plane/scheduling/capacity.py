"""What nodes could hold if they were empty: a job beyond that is refused before it waits for ever. Pure."""

from collections.abc import Iterable

from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod, after, ways
from gateway_sim.control_plane.scheduling.work import NoNodeCouldHold, Work, WorkRefused


class Capacity:
    """Empty nodes. With `as_blocks` a job must take whole GPUs and nothing else, on one node."""

    def __init__(self, nodes: Iterable[Node], *, as_blocks: bool = False) -> None:
        self._nodes = [Node(tuple(sorted(node.gpus)), node.cpu_milli, node.memory_mib) for node in nodes]
        self._as_blocks = as_blocks
        self._largest = max((len(node.gpus) for node in self._nodes), default=0)
        self._fitting: dict[tuple[Pod, int], bool] = {}

    def check(self, work: Work) -> None:
        """Refuse a job that could never run on these nodes, or whose numbers are off. Raises `WorkRefused`."""
        if not work.runs_s >= 0:
            raise WorkRefused(f"job {work.name} runs for {work.runs_s:g} s; it must be 0 or more")
        if self._as_blocks and (work.pod != Pod(work.gpus) or work.pods > 1):
            raise WorkRefused(f"job {work.name} is a gang or no job of whole GPUs; these rules place no such job")
        asks_for_none = not work.gpus and work.milli
        if asks_for_none or work.gpus > self._largest or not 0 <= work.milli <= WHOLE or work.pods < 1:
            raise NoNodeCouldHold(f"job {work.name} asks for {work.gpus} GPUs; the largest node has {self._largest}")
        if work.gpus > 1 and work.milli != WHOLE:
            raise WorkRefused(f"job {work.name} asks for parts of {work.gpus} GPUs; it may take a part of one")
        key = work.pod, work.pods
        if key not in self._fitting:
            self._fitting[key] = self._could_hold(*key)
        if not self._fitting[key]:
            many = f"{work.pods} pods of " if work.pods > 1 else ""
            raise NoNodeCouldHold(
                f"job {work.name} asks for {many}{work.gpus} GPUs, {work.cpu_milli} mCPU and {work.memory_mib} MiB; "
                "the empty nodes cannot hold that"
            )

    def _could_hold(self, pod: Pod, pods: int) -> bool:
        """Return whether the empty nodes hold so many pods of one kind."""
        held = 0
        for room in self._nodes:
            while held < pods and (found := ways(room, pod)):
                room, held = after(room, pod, found[0]), held + 1
            if held >= pods:
                return True
        return False
