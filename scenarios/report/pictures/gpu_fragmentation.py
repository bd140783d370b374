"""The places of the jobs of one, two, four and eight GPUs, and the free GPUs that waiting jobs cannot use."""

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
        "the mixed cluster's GPUs. Red ones are free while a job waits that wants no more of them.",
        lambda run: use_over_time(run, "mixed", PARTS, until_h=mixed_h),
    )
    yield from panels(
        runs,
        "the mixed cluster's nodes; jobs of 1, 2, 4 and 8 GPUs from light to brown.",
        lambda run: gantt(run, "mixed", size_ink, until_h=mixed_h),
    )


def _stranded(stretch: Stretch) -> float:
    return float(stretch.free) if stretch.fits_in_sum else 0.0
