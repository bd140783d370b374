"""The places of the jobs of each size, and the free GPUs that waiting jobs cannot use."""

from gateway_sim.scenarios.orchestration.workloads.occupancy import Stretch
from gateway_sim.scenarios.report.pictures import INK, Figures, Runs, panels
from gateway_sim.scenarios.report.pictures.gpus import ended_h, gantt, size_ink, use_over_time

PARTS = (
    ("in use", INK["sky"], lambda stretch: sum(stretch.nodes.values()) - stretch.free),
    ("free, and a waiting job would fit", INK["red"], lambda stretch: _stranded(stretch)),
    ("free", INK["pale"], lambda stretch: stretch.free - _stranded(stretch)),
)


def draw(runs: Runs) -> Figures:
    """Draw the nodes of both clusters, and the GPUs of the mixed one over time, variant by variant."""
    exact_h, mixed_h = (max(ended_h(run, cluster) for run in runs) for cluster in ("exact", "mixed"))
    yield from panels(
        runs,
        "the exact cluster. 21 jobs of one GPU, and from 10 minutes on one of two (darker) that needs a node with two "
        "free.",
        lambda run: gantt(run, "exact", size_ink, until_h=exact_h),
    )
    yield from panels(
        runs,
        "the mixed cluster's GPUs. Red ones are free while a job waits that would fit, others moved if need be.",
        lambda run: use_over_time(run, "mixed", PARTS, until_h=mixed_h),
    )
    yield from panels(
        runs,
        "the mixed cluster's nodes; jobs of 1, 2 and 4 GPUs from light to purple, other sizes brown.",
        lambda run: gantt(run, "mixed", size_ink, until_h=mixed_h),
    )


def _stranded(stretch: Stretch) -> float:
    return float(stretch.free) if stretch.fits_after_moves else 0.0
