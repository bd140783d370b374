"""Nodes with GPUs, processors and memory, and pods that take whole GPUs, a part of one, or none. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

WHOLE: Final = 1000
"""Thousandths of a GPU."""


class Pod(NamedTuple):
    """What a pod takes: `gpus` whole GPUs of one node, or with `milli` below 1,000 that part of one; and the rest."""

    gpus: int
    milli: int = WHOLE
    cpu_milli: int = 0
    memory_mib: int = 0

    @property
    def asks(self) -> int:
        """The thousandths of GPUs that it takes."""
        return self.gpus * self.milli

    @property
    def shares(self) -> bool:
        """Whether it takes a part of one GPU."""
        return self.gpus > 0 and self.milli != WHOLE


class Node(NamedTuple):
    """What is free on a node: the thousandths of each of its GPUs, in rising order, its processors and its memory."""

    gpus: tuple[int, ...]
    cpu_milli: int = 0
    memory_mib: int = 0

    @staticmethod
    def of(gpus: int) -> Node:
        """Return a node of so many free GPUs, on which only GPUs count."""
        return Node((WHOLE,) * gpus)


def ways(node: Node, pod: Pod) -> list[int]:
    """Return the GPUs that a pod could take, the fullest first, each by its free thousandths; none if it is unfit.

    GPUs with as much free are one way, and so are all choices of whole ones: `WHOLE`.
    """
    if node.cpu_milli < pod.cpu_milli or node.memory_mib < pod.memory_mib:
        return []
    if not pod.gpus:
        return [WHOLE]
    if pod.milli == WHOLE:
        return [WHOLE] if pod.gpus <= len(node.gpus) and node.gpus[-pod.gpus] == WHOLE else []
    return sorted(set(node.gpus[bisect_left(node.gpus, pod.milli) :]))


def after(node: Node, pod: Pod, free: int) -> Node:
    """Return the node as it is once the pod has taken a GPU of `free` thousandths, one of its `ways`."""
    cpu_milli, memory_mib = node.cpu_milli - pod.cpu_milli, node.memory_mib - pod.memory_mib
    if not pod.gpus:
        return Node(node.gpus, cpu_milli, memory_mib)
    if pod.milli == WHOLE:
        return Node((0,) * pod.gpus + node.gpus[: -pod.gpus], cpu_milli, memory_mib)
    gpus = list(node.gpus)
    gpus.remove(free)
    gpus.append(free - pod.milli)
    gpus.sort()
    return Node(tuple(gpus), cpu_milli, memory_mib)


class Fragments:
    """How much of a node is useless for the pods to come, as FGD counts it (Weng and others, ATC'23).

    `mix` has the weight of each kind of pod among them. With whole numbers as weights the sums are exact.
    """

    def __init__(self, mix: Mapping[Pod, float]) -> None:
        self._kinds: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
        for pod, weight in sorted(mix.items()):
            self._kinds.setdefault((pod.gpus, pod.milli), []).append((pod.cpu_milli, pod.memory_mib, weight))
        self._largest = {
            kind: (max(cpu for cpu, _, _ in pods), max(memory for _, memory, _ in pods), sum(w for _, _, w in pods))
            for kind, pods in self._kinds.items()
        }
        self._known: dict[Node, float] = {}

    def __call__(self, node: Node) -> float:
        """Return the free thousandths of its GPUs that each pod of the mix cannot use, times the pod's weight.

        All of them where the pod does not fit, else those of the GPUs that are too full for it.
        """
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._counted(node)
        return found

    def _counted(self, node: Node) -> float:
        gpus, cpu_milli, memory_mib = node
        free = sum(gpus)
        if not free:
            return 0.0
        useless = 0.0
        for (wanted, milli), (most_cpu, most_memory, weight) in self._largest.items():
            fits = not wanted or (wanted <= len(gpus) and gpus[-wanted] >= milli)
            if not fits:
                useless += weight * free
                continue
            too_full = sum(gpus[: bisect_left(gpus, milli)])
            if cpu_milli < most_cpu or memory_mib < most_memory:
                weight = sum(
                    w for cpu, memory, w in self._kinds[wanted, milli] if cpu <= cpu_milli and memory <= memory_mib
                )
                useless += (self._largest[wanted, milli][2] - weight) * free
            useless += weight * too_full
        return useless


def capacities(nodes: Iterable[Node]) -> tuple[int, int, int]:
    """Return the thousandths of GPUs, processors and memory of the largest node in each, 1 where none has any."""
    sizes = [(sum(node.gpus), node.cpu_milli, node.memory_mib) for node in nodes]
    gpus, cpu, memory = (max((size[n] for size in sizes), default=0) or 1 for n in range(3))
    return gpus, cpu, memory
