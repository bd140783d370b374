"""The requests to the control plane over time, the rejected ones, and the number of dead runs."""

from collections import Counter

from gateway_sim.client.events import CallSent
from gateway_sim.control_plane.events import RequestTurnedAway, WorkEvicted
from gateway_sim.scenarios.report.pictures import INK, Figure, Figures, Plot, Runs, variant
from gateway_sim.scenarios.sim.events import RunFailed
from gateway_sim.scenarios.sim.trace import Trace

BIN_S, WINDOW_S = 0.1, 10.0


def draw(runs: Runs) -> Figures:
    """Draw the requests since the reclaim, variant by variant."""
    counts = [(_counted(run.trace, CallSent), _counted(run.trace, RequestTurnedAway)) for run in runs]
    most = max([1, *(requests for both in counts for counted in both for requests in counted.values())])
    for run, (asked, away) in zip(runs, counts, strict=True):
        died = sum(1 for _ in run.trace.of(RunFailed))
        plot = Plot(
            (0.0, WINDOW_S), (0.0, most + 1.0), x_label="seconds after the reclaim", y_label="requests", height=150
        )
        plot.legend({"answered": INK["blue"], "turned away": INK["red"]})
        for number in sorted({**asked, **away}):
            at_s = number * BIN_S
            plot.bar(at_s, at_s + BIN_S, away[number], max(asked[number], away[number]), INK["blue"])
            plot.bar(at_s, at_s + BIN_S, 0.0, away[number], INK["red"])
        yield Figure(
            f"{variant(run)}: requests to the control plane, by tenths of a second after the reclaim; runs that died: "
            f"{died}.",
            plot.svg(),
        )


def _counted(trace: Trace, kind: type[object]) -> Counter[int]:
    """Count the clients' requests to the control plane in each tenth of a second since the reclaim."""
    since_s = next(trace.of(WorkEvicted)).at_s
    moments_s = [e.at_s - since_s for e in trace.of(kind) if getattr(e.event, "leg", "control") == "control"]
    return Counter(int(moment_s // BIN_S) for moment_s in moments_s if 0.0 <= moment_s < WINDOW_S)
