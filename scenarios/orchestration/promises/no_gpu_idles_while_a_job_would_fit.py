"""GPUs that are free in sum and nowhere together are bought and not used."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.occupancy import changed, clusters, stretches
from scenarios.sim.trace import Trace


def no_gpu_idles_while_a_job_would_fit(trace: Trace) -> Iterator[Violation]:
    """No GPU idles while a job would fit: none waits while as many GPUs as it wants are free, wherever they are."""
    for cluster in clusters(trace):
        hours, since_s = stranded(trace, cluster)
        if hours > 0:
            message = f"in {cluster}, {hours:.2f} GPU-hours were idle while a waiting job would fit"
            yield Violation(message, since_s, changed(trace, cluster, since_s))


def stranded(trace: Trace, cluster: str) -> tuple[float, float]:
    """Return the GPU-hours idle in a cluster while some waiting job wanted no more than is free, and since when."""
    hours, since_s = 0.0, 0.0
    for stretch in stretches(trace, cluster):
        if stretch.fits_in_sum:
            since_s = since_s or stretch.since_s
            hours += stretch.free * stretch.hours
    return hours, since_s
