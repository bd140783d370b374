"""The runs of a pipeline over time, a lane for each: what they compute, and for how long they hold a place and wait."""

from gateway_sim.scenarios.orchestration.promises.a_run_that_waits_holds_no_place import held_for_nothing
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.chained_runs import DAY_S
from gateway_sim.scenarios.report.pictures import INK, Figures, Plot, RunResult, Runs, panels, variant


def draw(runs: Runs) -> Figures:
    """Draw each run of the pipeline, variant by variant."""
    until_s = max(run.trace.entries[-1].at_s for run in runs)
    yield from panels(
        runs,
        "each daily run in its lane, green while a task computes; red is a place that it held while it waited for an "
        "earlier run. The grey line is the moment at which the failed run was cleared.",
        lambda run: _lanes(run, until_s),
    )


def _lanes(run: RunResult, until_s: float) -> str:
    names = [entry.event.run for entry in run.trace.of(events.RunAsked)]
    plot = Plot((0.0, until_s / DAY_S), x_label="days", lanes=names, title=variant(run), lane_height=18)
    plot.legend({"computes": INK["green"], "holds a place and waits": INK["red"]})
    for waits, held_s in held_for_nothing(run.trace):
        lane, since_s = names.index(waits.event.run), waits.at_s
        end_s = min(since_s + held_s, until_s)
        plot.bar(since_s / DAY_S, end_s / DAY_S, lane + 0.3, lane + 0.7, INK["red"], hint=f"{waits.event.run} waits")
    began: dict[str, float] = {}
    for entry in run.trace.of(events.TaskBegan, events.TaskEnded, events.PlaceLeft):
        name, lane = entry.event.run, names.index(entry.event.run)
        if isinstance(entry.event, events.TaskBegan):
            began[name] = entry.at_s
        elif name in began:
            plot.bar(began.pop(name) / DAY_S, entry.at_s / DAY_S, lane + 0.1, lane + 0.9, INK["green"], hint=name)
    for cleared in run.trace.of(events.RunCleared):
        plot.upright(cleared.at_s / DAY_S, INK["grey"], label=f"{cleared.event.run} is cleared", dashed=True)
    return plot.svg()
