"""The runs under a limit over time, a lane for each: what they compute, and for how long a dead one keeps its place."""

from gateway_sim.scenarios.orchestration.promises.a_dead_holders_place_comes_back import places_lost
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.report.pictures import INK, Figures, Plot, RunResult, Runs, panels, variant
from gateway_sim.scenarios.sim.trace import Entry

ENDS = (events.HolderEnded, events.HolderDied, events.HolderFroze, events.HolderStopped)


def draw(runs: Runs) -> Figures:
    """Draw every attempt of every run, variant by variant."""
    until_s = max(run.trace.entries[-1].at_s for run in runs)
    yield from panels(
        runs,
        "each attempt of a run in its lane, green while it computes; red is a place that a dead run kept for too long.",
        lambda run: _lanes(run, until_s),
    )


def _lanes(run: RunResult, until_s: float) -> str:
    begins = list(run.trace.of(events.HolderBegan, events.HolderWoke))
    holders = list(dict.fromkeys(entry.event.holder for entry in begins))
    plot = Plot((0.0, until_s / 60), x_label="minutes", lanes=holders, title=variant(run), lane_height=14)
    plot.legend({"computes": INK["green"], "place lost": INK["red"]})
    for entry in begins:
        lane = holders.index(entry.event.holder)
        end_s = _end_s(run, entry)
        plot.bar(entry.at_s / 60, end_s / 60, lane + 0.15, lane + 0.85, INK["green"], hint=entry.event.holder)
    for died, lost_s in places_lost(run.trace):
        if lost_s > 0:
            lane, due_s = holders.index(died.event.holder), died.at_s + died.event.within_s
            hint = f"{died.event.holder}'s place lost for {lost_s:.0f} s"
            plot.bar(due_s / 60, (due_s + lost_s) / 60, lane + 0.35, lane + 0.65, INK["red"], hint=hint)
    return plot.svg()


def _end_s(run: RunResult, began: Entry) -> float:
    """Return the second at which an attempt stopped computing."""
    ends = (entry for entry in run.trace.of(*ENDS) if entry.event.holder == began.event.holder)
    return next((entry.at_s for entry in ends if entry.at_s >= began.at_s), run.trace.entries[-1].at_s)
