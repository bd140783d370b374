"""A fleet under each placement: the table, the page with the GPUs over time, Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gateway_sim.control_plane.scheduling.shares import WHOLE
from gateway_sim.scenarios.orchestration.fleets.replay import Fleet, Outcome
from gateway_sim.scenarios.orchestration.fleets.tally import Tally
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.pictures import INK, Figure
from gateway_sim.scenarios.report.pictures.plot import Plot
from gateway_sim.scenarios.report.table import Table

BINS = 400
"""The columns of a picture of GPUs over time."""
MOST_LANES, MOST_STAYS = 40, 4000
"""A picture of the nodes has no more lanes and bars; of a larger fleet only the GPUs over time are drawn."""


def fleet_table(fleet: Fleet, found: Sequence[Outcome]) -> Table:
    """Return a row for each placement."""
    caption = f"{len(fleet.nodes):,} nodes, {fleet.gpus:,} GPUs, {found[0].jobs:,} jobs"
    if not fleet.timed:
        head = ["placement", "GPUs left free", "jobs placed", "never placed", "digest"]
        rows = [
            [o.placement, f"{o.unallocated:.2%}", f"{o.started:,}", f"{o.jobs - o.started:,}", o.digest] for o in found
        ]
        return Table(head, rows, f"{caption}, one after another until they ask for all GPUs", words=1)
    head = [
        "placement", "mean wait, h", "p50, h", "p99, h", "stranded GPU-h", "GPUs in use", "SLA misses", "preemptions",
        "lost GPU-h", "never placed", "digest",
    ]  # fmt: skip
    return Table(head, [_row(one) for one in found], f"{caption} over {found[0].makespan_s / 3600:,.1f} h", words=1)


def _row(one: Outcome) -> list[str]:
    waits = (one.mean_wait_s, one.p50_wait_s, one.p99_wait_s)
    return [
        one.placement,
        *("-" if wait_s is None else f"{wait_s / 3600:,.3g}" for wait_s in waits),
        f"{one.stranded_gpu_h:,.1f}",
        f"{one.utilisation:.1%}",
        "-" if one.sla_misses is None else f"{one.sla_misses:,}",
        f"{one.preemptions:,}",
        f"{one.lost_gpu_h:,.1f}",
        f"{one.jobs - one.started:,}",
        one.digest,
    ]


def remarks(fleet: Fleet, found: Sequence[Outcome]) -> list[str]:
    """Return what was left out and why, which jobs were never placed and why, and what of the queues is not played."""
    said = [
        f"left out: {rows:,} rows, the first in line {line}: {reason}"
        for reason, (rows, line) in fleet.left_out.reasons.items()
    ]
    said += [f"never placed under {o.placement}: {many:,}: {why}" for o in found for why, many in o.never.items()]
    return said + [f"not played: {what}" for what in (fleet.queues.unread if fleet.queues else ())]


def fleet_markdown(fleet: Fleet, found: Sequence[Outcome], replay: str) -> str:
    """Return the table as a page for a repository."""
    table = fleet_table(fleet, found)
    lines = "".join(f"- {said}\n" for said in remarks(fleet, found))
    return f"# {table.caption}\n\n{table.markdown()}\n\n{lines}\n```sh\n{replay}\n```\n"


def fleet_page(fleet: Fleet, found: Sequence[Outcome], tallies: Mapping[str, Tally], replay: str) -> str:
    """Return one HTML file: the table, and for each placement the GPUs over time and, of a small fleet, the nodes."""
    pictures = []
    for placement, tally in tallies.items():
        pictures.append(Figure(
            f"{placement}: GPUs in use, stranded (free, and a waiting job asks for no more), and free.",
            _over_time(placement, tally),
        ))  # fmt: skip
        if len(fleet.nodes) <= MOST_LANES and len(tally.log) <= MOST_STAYS:
            pictures.append(Figure(f"{placement}: the jobs on each node, as high as the GPUs they take.",
                                   _gantt(fleet, placement, tally)))  # fmt: skip
    return render("fleet.html", table=fleet_table(fleet, found), remarks=remarks(fleet, found), pictures=pictures,
                  replay=replay)  # fmt: skip


def _over_time(placement: str, tally: Tally) -> str:
    """Draw the mean GPUs in use and stranded in each of `BINS` equal parts of the replay."""
    width_s = max(tally.now_s, 1e-9) / BINS
    used, stranded = [0.0] * BINS, [0.0] * BINS
    ends_s = [step[0] for step in tally.steps[1:]] + [tally.now_s]
    for (since_s, in_use, waste), until_s in zip(tally.steps, ends_s, strict=True):
        for n in range(int(since_s / width_s), min(int(until_s / width_s), BINS - 1) + 1):
            share = (min(until_s, (n + 1) * width_s) - max(since_s, n * width_s)) / width_s
            used[n] += in_use * max(share, 0.0) / WHOLE
            stranded[n] += waste * max(share, 0.0) / WHOLE
    gpus = tally.capacity / WHOLE
    plot = Plot((0.0, tally.now_s / 3600), (0.0, gpus), x_label="hours", y_label="GPUs", title=placement, height=190)
    floor = [0.0] * BINS
    for label, ink, values in (
        ("in use", INK["sky"], used),
        ("stranded", INK["red"], stranded),
        ("free", INK["pale"], [gpus - a - b for a, b in zip(used, stranded, strict=True)]),
    ):
        top = [low + value for low, value in zip(floor, values, strict=True)]
        edges = [(n * width_s / 3600, (n + 1) * width_s / 3600) for n in range(BINS)]
        upper = [(x, y) for edge, y in zip(edges, top, strict=True) for x in edge]
        lower = [(x, y) for edge, y in zip(edges, floor, strict=True) for x in edge]
        plot.area([*upper, *reversed(lower)], ink, label=label)
        floor = top
    return plot.svg()


def _gantt(fleet: Fleet, placement: str, tally: Tally) -> str:
    """Draw each node as a lane, and each stay of a pod as bars on the lowest free parts of it."""
    names = list(fleet.nodes)
    until_h = tally.now_s / 3600
    plot = Plot((0.0, until_h), x_label="hours", lanes=names, title=placement, lane_height=48)
    lane_of = {name: n for n, name in enumerate(names)}
    held: dict[str, list[tuple[int, int, int, float]]] = {}
    taken: list[list[tuple[int, int]]] = [[] for _ in names]

    def leave(job: str, now_s: float) -> None:
        asks = tally.works[job].pod.asks
        for lane, low, high, since_s in held.pop(job, []):
            taken[lane].remove((low, high))
            share = 0.92 / (max(len(fleet.nodes[names[lane]].gpus), 1) * WHOLE)
            hint = f"{job}: {asks / WHOLE:g} GPUs, {since_s / 3600:.2f} to {now_s / 3600:.2f} h"
            bottom = lane + 0.04 + high * share
            plot.bar(
                since_s / 3600, now_s / 3600, lane + 0.04 + low * share, bottom - 0.04, _ink(high - low), hint=hint
            )

    for now_s, what, job, node in tally.log:
        if what == "placed":
            lane, asks = lane_of[node], tally.works[job].pod.asks
            for low, high in _lowest(taken[lane], asks):
                taken[lane].append((low, high))
                held.setdefault(job, []).append((lane, low, high, now_s))
        elif what in ("ended", "preempted"):
            leave(job, now_s)
    for job in list(held):
        leave(job, tally.now_s)
    return plot.svg()


def _lowest(taken: Sequence[tuple[int, int]], asks: int) -> list[tuple[int, int]]:
    """Return the lowest parts, each from and to, that are not taken and together are as high as a pod asks for."""
    low, parts = 0, list[tuple[int, int]]()
    for begin, end in [*sorted(taken), (math.inf, math.inf)]:
        if asks and begin > low:
            high = int(min(begin, low + asks))
            parts.append((low, high))
            asks -= high - low
        low = int(min(max(low, end), 1 << 40))
    return parts


def _ink(milli: int) -> str:
    """Return the colour of jobs of this size."""
    if milli < WHOLE:
        return INK["green"]
    return {1: INK["sky"], 2: INK["blue"], 4: INK["purple"]}.get(milli // WHOLE, INK["brown"])
