"""Packing of jobs on nodes: the node for a job, and the moves that make room for one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Placement = Literal["spread", "best-fit", "random", "least-fragmenting", "in-sum"]


@dataclass(frozen=True)
class Layout:
    """Each node's GPUs, the free ones among them, and the running jobs as (job, its GPUs, its node)."""

    capacity: Mapping[str, int]
    idle: Mapping[str, int]
    jobs: tuple[tuple[str, int, str], ...]

    @staticmethod
    def of(nodes: Mapping[str, int], jobs: Sequence[tuple[str, int, str]]) -> Layout:
        """Return the layout of these jobs on these nodes."""
        idle = dict(nodes)
        for _, gpus, node in jobs:
            idle[node] -= gpus
        return Layout(nodes, idle, tuple(jobs))

    @property
    def free(self) -> int:
        """Return the free GPUs of all nodes together."""
        return sum(self.idle.values())


def pick(
    placement: Placement, layout: Layout, gpus: int, *, draw: float = 0.0, mix: Mapping[int, float] | None = None
) -> str | None:
    """Return the node for a job, or None where no node has room.

    "spread" takes the emptiest, "best-fit" the fullest that still fits, "random" the one that `draw` in [0, 1) selects,
    "least-fragmenting" the one whose free GPUs stay most useful for jobs of the sizes and shares in `mix` (FGD,
    ATC'23). "in-sum" checks the free GPUs of the whole cluster only, so it can overcommit a node (Kueue issue 4329).
    """
    if placement == "in-sum":
        return max(layout.idle, key=lambda node: layout.idle[node]) if layout.free >= gpus else None
    fitting = [node for node, idle in layout.idle.items() if idle >= gpus]
    if not fitting:
        return None
    if placement == "random":
        return fitting[int(draw * len(fitting))]
    if placement == "least-fragmenting":
        shares = mix or {gpus: 1.0}
        return min(
            fitting, key=lambda node: _useless(layout.idle[node] - gpus, shares) - _useless(layout.idle[node], shares)
        )
    sign = -1 if placement == "spread" else 1
    return min(fitting, key=lambda node: sign * layout.idle[node])


def _useless(idle: int, mix: Mapping[int, float]) -> float:
    """Return how many of a node's free GPUs are expected to be too few for the next job of the mix."""
    return idle * sum(share for gpus, share in mix.items() if gpus > idle)


def repacked(layout: Layout, job: str, gpus: int) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return a node for a job and the (job, node) moves that make room, of the fewest GPUs; None if there are none.

    For each node in turn the job gets that node, and every other job a place, the largest first and its own if
    possible. With sizes that divide each other, this finds a place whenever there are enough GPUs.
    """
    best: tuple[int, str, tuple[tuple[str, str], ...]] | None = None
    for node, capacity in layout.capacity.items():
        if capacity < gpus:
            continue
        moves = _moves(layout, job, gpus, node)
        if moves is None:
            continue
        sizes = {name: size for name, size, _ in layout.jobs}
        cost = sum(sizes[name] for name, _ in moves)
        if best is None or cost < best[0]:
            best = (cost, node, moves)
    return best and best[1:]


def _moves(layout: Layout, job: str, gpus: int, node: str) -> tuple[tuple[str, str], ...] | None:
    """Return the moves that give `job` its `node`, or None where a job is left without a place."""
    left = dict(layout.capacity)
    moves = []
    claims = sorted([*layout.jobs, (job, gpus, node)], key=lambda claim: (-claim[1], claim[0] != job))
    for name, size, at in claims:
        to = at if left[at] >= size else pick("best-fit", Layout(layout.capacity, left, ()), size)
        if to is None or (name == job and to != node):
            return None
        left[to] -= size
        if to != at:
            moves.append((name, to))
    return tuple(moves)
