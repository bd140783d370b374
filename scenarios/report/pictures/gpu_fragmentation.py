"""Where the jobs of one, two, four and eight GPUs lay, and which free GPUs nobody who waited could have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads.occupancy import Stretch
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.gpus import ended_h, gantt, size_ink, use_over_time
from scenarios.run.result import RunResult

PARTS = (
    ("in use", INK["sky"], lambda stretch: sum(stretch.nodes.values()) - stretch.free),
    ("free, and a waiting job would fit", INK["red"], lambda stretch: _stranded(stretch)),
    ("free", INK["pale"], lambda stretch: stretch.free - _stranded(stretch)),
)


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the nodes of both clusters, and the GPUs of the mixed one over time, variant by variant."""
    variants = [(run.settings["variant"], run) for run in runs]
    exact_h = max(ended_h(run, "exact") for run in runs)
    mixed_h = max(ended_h(run, "mixed") for run in runs)
    for variant, run in variants:
        yield Figure(
            f"{variant}: the exact cluster. 21 jobs of one GPU, and from 10 minutes on one of two (darker) "
            "that needs a node with two free.",
            gantt(run, "exact", lambda stay: size_ink(len(stay.gpus)), until_h=exact_h, title=variant),
        )
    for variant, run in variants:
        yield Figure(
            f"{variant}: the mixed cluster's GPUs. Red ones are free while a job waits that wants no more of them.",
            use_over_time(run, "mixed", PARTS, until_h=mixed_h, title=variant),
        )
    for variant, run in variants:
        yield Figure(
            f"{variant}: the mixed cluster's nodes; jobs of 1, 2, 4 and 8 GPUs from light to brown.",
            gantt(run, "mixed", lambda stay: size_ink(len(stay.gpus)), until_h=mixed_h, title=variant),
        )


def _stranded(stretch: Stretch) -> float:
    return float(stretch.free) if stretch.fits_in_sum else 0.0
