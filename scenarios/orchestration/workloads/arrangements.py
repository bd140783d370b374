"""Whether jobs fit on nodes in some arrangement, wherever they are now. Pure; shares no code with the scheduler."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

EXACT_NODES = 6
"""Up to this number of nodes the answer is exact."""

Counts = tuple[tuple[int, int], ...]
"""Jobs as (GPUs, how many), the largest first."""


def could_hold(jobs: Sequence[int], nodes: Sequence[int]) -> bool:
    """Return whether jobs of these GPUs fit on nodes of these GPUs in some arrangement.

    Above `EXACT_NODES` nodes only one arrangement is tried, the largest job first on the first node with room: a "yes"
    is right, and a "no" may be wrong.
    """
    if sum(jobs) > sum(nodes):
        return False
    left = list(nodes)
    for gpus in sorted(jobs, reverse=True):
        place = next((n for n, idle in enumerate(left) if idle >= gpus), None)
        if place is None:
            break
        left[place] -= gpus
    else:
        return True
    if len(nodes) > EXACT_NODES:
        return False
    return _fill(tuple(sorted(Counter(jobs).items(), reverse=True)), tuple(sorted(nodes)))


@lru_cache(maxsize=1 << 16)
def _fill(jobs: Counts, nodes: tuple[int, ...]) -> bool:
    """Return whether the jobs fit: some of them fill the first node, and the others fit on the other nodes."""
    asked = sum(gpus * count for gpus, count in jobs)
    if asked == 0:
        return True
    if asked > sum(nodes):
        return False
    others = sum(nodes[1:])
    return any(
        _fill(rest, nodes[1:])
        for rest in _without(jobs, nodes[0])
        if sum(gpus * count for gpus, count in rest) <= others
    )


def _without(jobs: Counts, room: int) -> Iterator[Counts]:
    """Yield the jobs that are left for each choice of jobs that fit into `room` GPUs."""
    if not jobs:
        yield ()
        return
    (gpus, count), rest = jobs[0], jobs[1:]
    for taken in range(min(count, room // gpus), -1, -1):
        for left in _without(rest, room - taken * gpus):
            yield ((gpus, count - taken), *left) if taken < count else left
