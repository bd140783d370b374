"""Free GPUs that are scattered over nodes are paid for and not used."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.occupancy import changed, clusters, stretches
from gateway_sim.scenarios.sim.trace import Trace


def no_gpu_idles_while_a_job_would_fit(trace: Trace) -> Iterator[Violation]:
    """No GPU idles while a job would fit: no job waits while it has room on a node, or would if others moved."""
    for cluster in clusters(trace):
        hours, since_s = stranded(trace, cluster)
        if hours > 0:
            message = f"in {cluster}, {hours:.2f} GPU-hours were idle while a waiting job would fit"
            yield Violation(message, since_s, changed(trace, cluster, since_s))


def stranded(trace: Trace, cluster: str) -> tuple[float, float]:
    """Return the GPU-hours idle in a cluster while a waiting job would fit, others moved if need be, and since when."""
    hours, since_s = 0.0, 0.0
    for stretch in stretches(trace, cluster):
        if stretch.fits_after_moves:
            since_s = since_s or stretch.since_s
            hours += stretch.free * stretch.hours
    return hours, since_s
