"""Placement of pods that share a GPU, beside pods that take whole ones or none, by GPU, processor and memory. Pure."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from gateway_sim.control_plane.scheduling.packing import Placement

WHOLE = 1000
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


class Node(NamedTuple):
    """What is free on a node: the thousandths of each of its GPUs, in order, its processors and its memory."""

    gpus: tuple[int, ...]
    cpu_milli: int = 0
    memory_mib: int = 0


Mix = tuple[tuple[Pod, float], ...]
"""The share of each kind of pod among those to come."""


def places(node: Node, pod: Pod) -> list[Node]:
    """Return the node as it would be for each way to place the pod on it, on its fullest GPU first; none if unfit."""
    cpu_milli, memory_mib = node.cpu_milli - pod.cpu_milli, node.memory_mib - pod.memory_mib
    if cpu_milli < 0 or memory_mib < 0:
        return []
    if pod.milli == WHOLE or not pod.gpus:
        taken = [n for n, free in enumerate(node.gpus) if free == WHOLE][: pod.gpus]
        ways = [taken] if len(taken) == pod.gpus else []
    else:
        # GPUs with as much free are alike
        alike = {free: n for n, free in enumerate(node.gpus) if free >= pod.milli}
        ways = [[n] for _, n in sorted(alike.items())]
    return [
        Node(tuple(sorted(free - pod.milli if n in way else free for n, free in enumerate(node.gpus))), *rest)
        for rest in ((cpu_milli, memory_mib),)
        for way in ways
    ]


class Cluster:
    """Nodes on which pods are placed one after another; later pods are expected to be as in `mix`."""

    def __init__(self, nodes: Iterable[Node], pods: Sequence[Pod]) -> None:
        self.nodes = list(nodes)
        self._largest = [max(sizes) or 1 for sizes in zip(*map(_sizes, self.nodes), strict=True)]
        self._mix: Mix = tuple((pod, count / len(pods)) for pod, count in sorted(Counter(pods).items()))
        # most nodes are as they were when the last pod was placed
        self._fragments = lru_cache(maxsize=None)(self.fragments)
        self._steepest = lru_cache(maxsize=None)(self._least_fragmenting)

    def place(self, placement: Placement, pod: Pod, rng: random.Random) -> bool:
        """Place a pod; False where it fits on no node.

        "spread" takes the node with most free GPUs and its emptiest GPU, "random" any node, "best-fit" that of which
        the least is left, each resource in parts of the largest node's (both with the fullest GPU that fits), and
        "least-fragmenting" the node and GPU after which the fragments grow least (FGD).
        """
        if placement == "least-fragmenting":
            steps = [(*best, n) for n, node in enumerate(self.nodes) if (best := self._steepest(node, pod)) is not None]
            if not steps:
                return False
            _, after, number = min(steps, key=lambda step: (step[0], step[2]))
            self.nodes[number] = after
            return True
        fitting = [(n, ways) for n, node in enumerate(self.nodes) if (ways := places(node, pod))]
        if not fitting:
            return False
        if placement == "random":
            number, ways = rng.choice(fitting)
        elif placement == "spread":
            number, ways = max(fitting, key=lambda one: sum(self.nodes[one[0]].gpus))
        else:
            number, ways = min(fitting, key=lambda one: self._left(self.nodes[one[0]]))
        self.nodes[number] = ways[-1 if placement == "spread" else 0]
        return True

    def fragments(self, node: Node) -> float:
        """Return how many free thousandths of a node the next pod is expected not to be able to use.

        As FGD counts (Weng and others, ATC'23): all of them where the pod does not fit, else those of GPUs that are too
        full for it.
        """
        unusable = 0.0
        for pod, share in self._mix:
            fits = bool(places(node, pod))
            unusable += share * sum(free for free in node.gpus if not fits or free < pod.milli)
        return unusable

    def _least_fragmenting(self, node: Node, pod: Pod) -> tuple[float, Node] | None:
        before = self._fragments(node)
        return min(((self._fragments(after) - before, after) for after in places(node, pod)), default=None)

    def _left(self, node: Node) -> float:
        return sum(free / largest for free, largest in zip(_sizes(node), self._largest, strict=True))


def _sizes(node: Node) -> tuple[int, int, int]:
    return sum(node.gpus), node.cpu_milli, node.memory_mib


def unallocated(nodes: Sequence[Node], pods: Sequence[Pod], placement: Placement, rng: random.Random) -> float:
    """Return the share of GPUs that is free once pods, drawn at random, have asked for all of them.

    A pod that fits on no node is dropped.
    """
    whole, cluster, asked = sum(sum(node.gpus) for node in nodes), Cluster(nodes, pods), 0
    for pod in rng.sample(list(pods), len(pods)):
        if asked + pod.asks > whole:
            continue
        asked += pod.asks
        cluster.place(placement, pod, rng)
        if asked == whole:
            break
    return sum(sum(node.gpus) for node in cluster.nodes) / whole
