"""A migration saves idle GPU time and delays the moved run."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from gateway_sim.scenarios.sim.trace import Trace


def moving_wins_more_than_it_costs(trace: Trace) -> Iterator[Violation]:
    """Moving wins more than it costs: it saves no fewer idle GPU-seconds than the moved runs lose."""
    won = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsWon))
    lost = list(trace.of(GpuSecondsLost))
    total = sum(entry.event.gpu_s for entry in lost)
    if total > won:
        yield Violation(f"moving won {won:.1f} GPU-seconds and cost {total:.1f}", lost[-1].at_s, tuple(lost))
