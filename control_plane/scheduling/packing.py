"""Packing of jobs of whole GPUs on nodes: the moves that make room for one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

EXACT_NODES = 6
"""Up to this number of nodes, every layout is tried; above, one for each node that a job could have."""

Placement = Literal["spread", "first-fit", "best-fit", "random", "least-fragmenting", "in-sum"]


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


def fullest(left: Mapping[str, int], gpus: int) -> str | None:
    """Return the node of which the fewest GPUs are left that still hold a job, or None where no node has room."""
    return min((node for node, idle in left.items() if idle >= gpus), key=lambda node: left[node], default=None)


def in_sum(left: Mapping[str, int], gpus: int) -> str | None:
    """Return the node of which most is left, if the cluster has so many GPUs in all; None if not.

    It checks no node, so it can overcommit one (Kueue issue 4329).
    """
    return max(left, key=lambda node: left[node]) if sum(left.values()) >= gpus else None


def repacked(layout: Layout, job: str, gpus: int) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return a node for a job and the (job, node) moves that make room, of the fewest GPUs; None if there are none.

    Up to `EXACT_NODES` nodes the search is exact. Above, the job gets each node in turn, and every other job a place,
    the largest first and its own if possible; else all get the first node with room, the largest first. Then each job
    that need not move stays. With sizes that divide each other, this finds a place whenever there are enough GPUs, and
    with other sizes it may miss one. Its moves may hold more GPUs than the fewest.
    """
    if len(layout.capacity) <= EXACT_NODES:
        return _fewest(layout, job, gpus)
    best: tuple[int, str, tuple[tuple[str, str], ...]] | None = None
    for node, capacity in layout.capacity.items():
        if capacity < gpus:
            continue
        moves = _moves(layout, job, gpus, node)
        if moves is None:
            continue
        at, moves = _spared(layout, job, gpus, node, moves)
        sizes = {name: size for name, size, _ in layout.jobs}
        cost = sum(sizes[name] for name, _ in moves)
        if best is None or cost < best[0]:
            best = (cost, at, moves)
    if best is not None:
        return best[1:]
    claims = [*((name, size) for name, size, _ in layout.jobs), (job, gpus)]
    places = _first_fit(claims, layout.capacity)
    if places is None:
        return None
    moves = tuple((name, places[name]) for name, _, there in layout.jobs if places[name] != there)
    return _spared(layout, job, gpus, places[job], moves)


def packed_anew(layout: Layout, job: str, gpus: int) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return a node for a job and the moves to a layout of all jobs from scratch, wherever they are now; None without.

    The largest job is placed first, by best fit. As with `repacked` for many nodes, a layout may be missed.
    """
    left, moves, node = dict(layout.capacity), [], ""
    for name, size, at in sorted([*layout.jobs, (job, gpus, "")], key=lambda claim: (-claim[1], claim[0])):
        to = fullest(left, size)
        if to is None:
            return None
        left[to] -= size
        if name == job:
            node = to
        elif to != at:
            moves.append((name, to))
    return node, tuple(moves)


def _fewest(layout: Layout, job: str, gpus: int) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return the node and the moves of the fewest GPUs, trying all moves of one GPU, then of two, and so on."""
    sizes = sorted([*(size for _, size, _ in layout.jobs), gpus], reverse=True)
    if not _packs(tuple(sizes), tuple(sorted(layout.capacity.values()))):
        return None
    alike: dict[tuple[str, int], list[str]] = {}
    for name, size, at in layout.jobs:
        alike.setdefault((at, size), []).append(name)
    counts = {group: len(names) for group, names in alike.items()}
    for moved in range(sum(sizes)):
        for chosen in _choices(tuple(counts.items()), moved):
            left = dict(layout.idle)
            for (at, size), count in chosen.items():
                left[at] += size * count
            if max(left.values()) < gpus:
                continue
            movers = [(name, size) for (at, size), n in chosen.items() for name in alike[at, size][:n]]
            places = _placed(sorted([(job, gpus), *movers], key=lambda claim: -claim[1]), left)
            if places is not None:
                node = places.pop(job)
                return node, tuple(places.items())
    return None


def _choices(groups: tuple[tuple[tuple[str, int], int], ...], gpus: int) -> Iterator[dict[tuple[str, int], int]]:
    """Yield how many jobs of each (node, size) to move so that they hold `gpus` together."""
    if gpus == 0:
        yield {}
    elif groups:
        ((group, count), *others) = groups
        for taken in range(min(count, gpus // group[1]), -1, -1):
            for rest in _choices(tuple(others), gpus - taken * group[1]):
                yield {group: taken, **rest} if taken else rest


def _placed(claims: Sequence[tuple[str, int]], left: Mapping[str, int]) -> dict[str, str] | None:
    """Return a node for each (job, its GPUs) where they fit into what is `left` together, or None."""
    if not claims:
        return {}
    (name, gpus), *others = claims
    tried = set[int]()
    for node, idle in left.items():
        if idle >= gpus and idle not in tried:
            tried.add(idle)
            places = _placed(others, {**left, node: idle - gpus})
            if places is not None:
                return {name: node, **places}
    return None


@lru_cache(maxsize=1 << 16)
def _packs(sizes: tuple[int, ...], left: tuple[int, ...]) -> bool:
    """Return whether jobs of these sizes fit on nodes with so many GPUs left, in some layout."""
    if not sizes:
        return True
    if sum(sizes) > sum(left):
        return False
    for n, idle in enumerate(left):
        if idle >= sizes[0] and (n == 0 or left[n - 1] != idle):
            rest = sorted([*left[:n], idle - sizes[0], *left[n + 1 :]])
            if _packs(sizes[1:], tuple(rest)):
                return True
    return False


def _spared(
    layout: Layout, job: str, gpus: int, node: str, moves: tuple[tuple[str, str], ...]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the node and the moves without those of jobs beside which the job and the other movers find places."""
    at = {name: (size, there) for name, size, there in layout.jobs}
    for stays, _ in sorted(moves, key=lambda move: -at[move[0]][0]):
        left = dict(layout.idle)
        others = [name for name, _ in moves if name != stays]
        for name in others:
            size, there = at[name]
            left[there] += size
        places = _first_fit([(job, gpus), *((name, at[name][0]) for name in others)], left)
        if places is not None:
            node = places.pop(job)
            found = tuple((name, to) for name, to in places.items() if to != at[name][1])
            return _spared(layout, job, gpus, node, found)
    return node, moves


def _first_fit(claims: Sequence[tuple[str, int]], left: Mapping[str, int]) -> dict[str, str] | None:
    """Return a node for each (job, its GPUs), the largest first and the first node with room; None without one."""
    left, places = dict(left), {}
    for name, gpus in sorted(claims, key=lambda claim: -claim[1]):
        to = next((node for node, idle in left.items() if idle >= gpus), None)
        if to is None:
            return None
        left[to] -= gpus
        places[name] = to
    return places


def _moves(layout: Layout, job: str, gpus: int, node: str) -> tuple[tuple[str, str], ...] | None:
    """Return the moves that give `job` its `node`, or None where a job is left without a place."""
    left = dict(layout.capacity)
    moves = []
    claims = sorted([*layout.jobs, (job, gpus, node)], key=lambda claim: (-claim[1], claim[0] != job))
    for name, size, at in claims:
        to = at if left[at] >= size else fullest(left, size)
        if to is None or (name == job and to != node):
            return None
        left[to] -= size
        if to != at:
            moves.append((name, to))
    return tuple(moves)
