"""Who asked the control plane when, who was turned away, and which runs died."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from client.events import CallSent
from control_plane.events import RequestTurnedAway, WorkEvicted
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult
from scenarios.sim.events import RunFailed
from scenarios.sim.trace import Trace

BIN_S, WINDOW_S = 0.1, 10.0


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the requests from the moment of the reclaim on, variant by variant."""
    counts = [(_counted(run.trace, CallSent), _counted(run.trace, RequestTurnedAway)) for run in runs]
    most = max([1, *(requests for both in counts for counted in both for requests in counted.values())])
    for run, (asked, away) in zip(runs, counts, strict=True):
        variant, died = run.settings["variant"], sum(1 for _ in run.trace.of(RunFailed))
        plot = Plot((0.0, WINDOW_S), (0.0, most + 1.0), x_label="seconds after", y_label="asked", height=150)
        plot.name("answered", INK["blue"])
        plot.name("turned away", INK["red"])
        for number in sorted({**asked, **away}):
            at_s = number * BIN_S
            plot.bar(at_s, at_s + BIN_S, away[number], max(asked[number], away[number]), INK["blue"])
            plot.bar(at_s, at_s + BIN_S, 0.0, away[number], INK["red"])
        yield Figure(
            f"{variant}: requests to the control plane after the reclaim, each tenth of a second; {died} runs died.",
            plot.svg(),
        )


def _counted(trace: Trace, kind: type[object]) -> Counter[int]:
    """Count the requests of clients to the control plane since the reclaim, by the tenth of a second."""
    since_s = next(trace.of(WorkEvicted)).at_s
    moments_s = [e.at_s - since_s for e in trace.of(kind) if getattr(e.event, "leg", "control") == "control"]
    return Counter(int(moment_s // BIN_S) for moment_s in moments_s if 0.0 <= moment_s < WINDOW_S)
