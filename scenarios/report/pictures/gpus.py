"""GPUs over time: the jobs on each node, and the GPUs of each kind of job in a cluster."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway_sim.control_plane.events import ClusterOpened, WorkEnded, WorkEvicted, WorkMoved, WorkPlaced, WorkShrunk
from gateway_sim.scenarios.orchestration.workloads.occupancy import Stretch, stretches
from gateway_sim.scenarios.report.pictures import INK, Plot, RunResult, variant
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Stay:
    """A job held these GPUs of a node (each one's number on it) from `since_s` to `until_s`."""

    work: str
    node: str
    gpus: tuple[int, ...]
    since_s: float
    until_s: float


def stays(trace: Trace, cluster: str) -> Iterator[Stay]:
    """Yield each job's stay on a cluster's GPUs as it ends; a job takes the free GPUs with the lowest numbers."""
    free: dict[str, list[int]] = {}
    held: dict[str, tuple[str, tuple[int, ...], float]] = {}

    def leave(work: str, now_s: float) -> Iterator[Stay]:
        node, gpus, since_s = held.pop(work)
        free[node] = sorted([*free[node], *gpus])
        if now_s > since_s:
            yield Stay(work, node, gpus, since_s, now_s)

    kinds = (ClusterOpened, WorkPlaced, WorkMoved, WorkShrunk, WorkEvicted, WorkEnded)
    mine = [entry for entry in trace.of(*kinds) if entry.event.cluster == cluster]
    for now_s, together in groupby(mine, key=lambda entry: entry.at_s):
        taking: dict[str, tuple[str, int]] = {}
        # a new layout applies at once: all jobs leave before any job takes a place
        for entry in together:
            event = entry.event
            if isinstance(event, ClusterOpened):
                free = {node: list(range(gpus)) for node, gpus in event.nodes}
                continue
            taking.pop(event.work, None)
            if isinstance(event, WorkShrunk):
                taking[event.work] = held[event.work][0], event.gpus
            elif isinstance(event, WorkPlaced | WorkMoved):
                taking[event.work] = event.node, event.gpus
            if event.work in held:
                yield from leave(event.work, now_s)
        for work, (node, gpus) in taking.items():
            held[work] = (node, tuple(free[node][:gpus]), now_s)
            del free[node][:gpus]


def gantt(run: RunResult, cluster: str, ink: Callable[[Stay], str], *, until_h: float) -> str:
    """Draw a cluster's nodes as lanes, each GPU a line of its lane, and the jobs on them."""
    nodes = next(entry.event.nodes for entry in run.trace.of(ClusterOpened) if entry.event.cluster == cluster)
    names, sizes = [name for name, _ in nodes], dict(nodes)
    plot = Plot((0.0, until_h), x_label="hours", lanes=names, title=variant(run), lane_height=62)
    for stay in stays(run.trace, cluster):
        lane, share = names.index(stay.node), 0.92 / sizes[stay.node]
        for low, high in _runs_of(stay.gpus):
            since_h, until = stay.since_s / 3600, stay.until_s / 3600
            hint = f"{stay.work}: {len(stay.gpus)} GPUs, {since_h:.2f} to {until:.2f} h"
            top, bottom = lane + 0.04 + low * share, lane + 0.04 + high * share
            plot.bar(since_h, until, top, bottom - 0.15 * share, ink(stay), hint=hint)
    return plot.svg()


def use_over_time(
    run: RunResult,
    cluster: str,
    parts: Sequence[tuple[str, str, Callable[[Stretch], float]]],
    *,
    until_h: float,
) -> str:
    """Draw a cluster's GPUs over time as stacked areas; `parts` are (label, ink, GPUs in a stretch), bottom first."""
    over_time = list(stretches(run.trace, cluster))
    gpus = sum(over_time[0].nodes.values())
    plot = Plot((0.0, until_h), (0.0, float(gpus)), x_label="hours", y_label="GPUs", title=variant(run), height=190)
    floor = [0.0] * len(over_time)
    for label, ink, count in parts:
        ceiling = [low + count(stretch) for low, stretch in zip(floor, over_time, strict=True)]
        edges = [(stretch.since_s / 3600, stretch.until_s / 3600) for stretch in over_time]
        top = [(x, y) for (a, b), y in zip(edges, ceiling, strict=True) for x in (a, b)]
        bottom = [(x, y) for (a, b), y in zip(edges, floor, strict=True) for x in (a, b)]
        plot.area([*top, *reversed(bottom)], ink, label=label)
        floor = ceiling
    return plot.svg()


def ended_h(run: RunResult, cluster: str) -> float:
    """Return when the last job of a cluster ended, in hours."""
    return max(entry.at_s for entry in run.trace.of(WorkEnded) if entry.event.cluster == cluster) / 3600


def size_ink(stay: Stay) -> str:
    """Return the colour of jobs of this size."""
    return {1: INK["sky"], 2: INK["blue"], 4: INK["purple"]}.get(len(stay.gpus), INK["brown"])


def _runs_of(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the unbroken runs of sorted numbers as (first, one past the last)."""
    first = 0
    for n in range(1, len(numbers) + 1):
        if n == len(numbers) or numbers[n] != numbers[n - 1] + 1:
            yield numbers[first], numbers[n - 1] + 1
            first = n
