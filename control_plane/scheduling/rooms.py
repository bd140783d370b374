"""The free GPUs of many nodes, and the node for a pod. Only the nodes that changed are looked at again. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from itertools import compress
from operator import add

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.shares import WHOLE, Fragments, Node, Pod, after, capacities, ways

Score = tuple[float, int]
"""How well a node suits a pod, the least best, and the GPU that the pod takes there, by its free thousandths."""


Pods = Sequence[tuple[Pod, Sequence[int]]]
"""Pods of a node, each with the numbers of its GPUs there."""


class _Kind:
    """What is known of the nodes for one kind of pod: which fit, and a heap of (score, node, its version, GPU)."""

    def __init__(self, nodes: int) -> None:
        self.seen = -1
        self.heap: list[tuple[float, int, int, int]] = []
        self.fits = bytearray(nodes)
        self.scores: dict[Node, Score | None] = {}


class Rooms:
    """Nodes by name, numbered in their order, on which pods are placed and from which they are taken.

    "spread" takes the node with most free GPUs and its emptiest GPU; "first-fit" the first node with room, "random" the
    one that a draw selects, "best-fit" that of which the least is left, each resource in parts of the largest node's
    (all three with the fullest GPU that fits); "least-fragmenting" the node and GPU after which the fragments grow
    least (FGD). Among equal nodes the first is taken.
    """

    def __init__(self, nodes: Mapping[str, Node], placement: Placement) -> None:
        self.names = list(nodes)
        self.number = {name: n for n, name in enumerate(self.names)}
        self.states = [Node(tuple(sorted(node.gpus)), node.cpu_milli, node.memory_mib) for node in nodes.values()]
        self.free = sum(sum(node.gpus) for node in self.states)
        self._gpus = [list(node.gpus) for node in self.states]
        self._placement = placement
        self._largest = capacities(self.states)
        self._fragments = Fragments({})
        self._versions = [0] * len(self.states)
        self.changed: list[int] = []
        self._kinds: dict[Pod, _Kind] = {}

    def expect(self, mix: Mapping[Pod, float]) -> None:
        """Judge fragments by this mix of pods from now on."""
        self._fragments = Fragments(mix)
        self._kinds.clear()

    def fits(self, number: int, pod: Pod) -> bool:
        """Return whether a node has room for a pod."""
        return bool(ways(self.states[number], pod))

    def pick(self, pod: Pod, draw: float = 0.0) -> tuple[int, int] | None:
        """Return the number of the node for a pod, and the GPU by its free thousandths; None where no node has room.

        `draw` in [0, 1) selects the node where the placement is "random".
        """
        kind = self._kinds.get(pod)
        if kind is None:
            kind = self._kinds[pod] = _Kind(len(self.states))
        self._look_again(kind, pod)
        if self._placement == "random":
            fitting = list(compress(range(len(self.states)), kind.fits))
            if not fitting:
                return None
            number = fitting[int(draw * len(fitting))]
            found = kind.scores[self.states[number]]
            assert found is not None
            return number, found[1]
        heap, versions = kind.heap, self._versions
        while heap and versions[heap[0][1]] != heap[0][2]:
            heapq.heappop(heap)
        return (heap[0][1], heap[0][3]) if heap else None

    def take(self, number: int, pod: Pod, free: int, prefers: Sequence[int] = ()) -> tuple[int, ...]:
        """Place a pod on a node, on the GPU of `free` thousandths that `pick` named; return its GPUs' numbers there.

        Of GPUs with as much free it takes those that it `prefers`, by their numbers.
        """
        gpus = self._gpus[number]
        liked = [n for n in prefers if gpus[n] == free]
        if pod.shares:
            taken: tuple[int, ...] = (liked[0] if liked else gpus.index(free),)
        else:
            taken = (*liked, *(n for n, left in enumerate(gpus) if left == WHOLE and n not in liked))[: pod.gpus]
        for n in taken:
            gpus[n] -= pod.milli
        self.states[number] = after(self.states[number], pod, free)
        self._touch(number, -pod.asks)
        return taken

    def give(self, number: int, pod: Pod, taken: Sequence[int]) -> None:
        """Take a pod from a node where it has these GPUs."""
        gpus, node = self._gpus[number], self.states[number]
        for n in taken:
            gpus[n] += pod.milli
        self.states[number] = Node(
            tuple(sorted(gpus)), node.cpu_milli + pod.cpu_milli, node.memory_mib + pod.memory_mib
        )
        self._touch(number, pod.asks)

    def without(self, number: int, pods: Pods) -> Node:
        """Return a node as it would be without these of its pods, each with its GPUs."""
        *gpus, cpu_milli, memory_mib = self._sum(number, pods)
        node = self.states[number]
        free = sorted(map(add, self._gpus[number], gpus))
        return Node(tuple(free), node.cpu_milli + cpu_milli, node.memory_mib + memory_mib)

    def hold(self, number: int, pods: Pods, others: Pods) -> list[int]:
        """Keep what pods that were taken from a node still use there, beyond what `others` got; return it."""
        used, given = self._sum(number, pods), self._sum(number, others)
        held = [max(use - gift, 0) for use, gift in zip(used, given, strict=True)]
        self.let_go(number, [-amount for amount in held])
        return held

    def let_go(self, number: int, held: Sequence[int]) -> None:
        """Give back what `hold` kept."""
        *gpus, cpu_milli, memory_mib = held
        node, self._gpus[number] = self.states[number], list(map(add, self._gpus[number], gpus))
        cpu_milli, memory_mib = node.cpu_milli + cpu_milli, node.memory_mib + memory_mib
        self.states[number] = Node(tuple(sorted(self._gpus[number])), cpu_milli, memory_mib)
        self._touch(number, sum(gpus))

    def _sum(self, number: int, pods: Pods) -> list[int]:
        """Return what pods take of each of a node's GPUs, of its processors and of its memory."""
        total = [0] * (len(self._gpus[number]) + 2)
        for pod, taken in pods:
            for n in taken:
                total[n] += pod.milli
            total[-2] += pod.cpu_milli
            total[-1] += pod.memory_mib
        return total

    def _touch(self, number: int, freed: int) -> None:
        self.free += freed
        self._versions[number] += 1
        self.changed.append(number)

    def _look_again(self, kind: _Kind, pod: Pod) -> None:
        """Score the nodes that changed since a pod of this kind was last looked at."""
        news = len(self.changed) - kind.seen
        if kind.seen < 0 or news > len(self.states) or len(kind.heap) > 4 * len(self.states) + 64:
            numbers: Sequence[int] = range(len(self.states))
            kind.heap.clear()
        elif not news:
            return
        else:
            numbers = self.changed[kind.seen :] if news == 1 else list(dict.fromkeys(self.changed[kind.seen :]))
        kind.seen = len(self.changed)
        for number in numbers:
            node = self.states[number]
            if node in kind.scores:
                score = kind.scores[node]
            else:
                score = kind.scores[node] = self._score(node, pod)
            kind.fits[number] = score is not None
            if score is not None and self._placement != "random":
                heapq.heappush(kind.heap, (score[0], number, self._versions[number], score[1]))

    def _score(self, node: Node, pod: Pod) -> Score | None:
        found = ways(node, pod)
        if not found:
            return None
        if self._placement == "least-fragmenting":
            before = self._fragments(node)
            grows, _, free = min(
                (self._fragments(one) - before, one, free) for free in found for one in (after(node, pod, free),)
            )
            return grows, free
        if self._placement == "spread":
            return -float(sum(node.gpus)), found[-1]
        if self._placement == "best-fit":
            sizes = (sum(node.gpus), node.cpu_milli, node.memory_mib)
            return sum(free / largest for free, largest in zip(sizes, self._largest, strict=True)), found[0]
        return 0.0, found[0]
