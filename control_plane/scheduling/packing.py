"""Jobs on nodes as a packing: which node a job goes to, and which jobs move so that another one fits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Placement = Literal["spread", "best-fit", "random", "least-fragmenting", "in-sum"]


@dataclass(frozen=True)
class Layout:
    """Each node's GPUs and what is free of them, and what runs: (job, its GPUs, its node)."""

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

    "spread" takes the emptiest, "best-fit" the fullest that still fits, "random" the one that `draw` in [0, 1) hits,
    "least-fragmenting" the one whose free GPUs stay of most use to jobs of sizes and shares as in `mix` (FGD, ATC'23).
    "in-sum" counts the cluster's free GPUs and not the node's, so that a node can be given more than it has (Kueue
    issue 4329).
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
    """Return how many of a node's free GPUs the next job of the mix is expected to find too few."""
    return idle * sum(share for gpus, share in mix.items() if gpus > idle)


def repacked(layout: Layout, job: str, gpus: int) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return where a job goes if others move, and who moves where, so that the fewest GPUs move; None if nothing helps.

    For each node in turn the job is given that node and everybody else a place, the largest first and where they are if
    they can stay: with sizes that divide each other this finds a place whenever there are GPUs enough.
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
    """Return who moves where when `job` takes `node`, or None where somebody is left without a place."""
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
