"""A failed run is cleared and waits for a place, which is held by later runs that wait for the cleared one.

Each day's run depends on the day before, task by task. After a failure the later runs begin, do their first task, and
wait with their places. An operator who clears the failed run then adds it to the queue, and the pipeline stands still
without an error. More places last as many days longer. A run that gives its place back when it has to wait, and gets
one only when its past is done, leaves room for the cleared run.
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.control_plane.events import LimitTaken
from gateway_sim.control_plane.scheduling.chains import Chain
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_run_that_waits_holds_no_place import (
    a_run_that_waits_holds_no_place,
    held_for_nothing,
)
from gateway_sim.scenarios.orchestration.promises.every_run_of_a_pipeline_ends import every_run_of_a_pipeline_ends
from gateway_sim.scenarios.orchestration.promises.no_task_begins_before_its_past import no_task_begins_before_its_past
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.chained_runs import DAY_S, ChainedRuns
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

PIPELINE = "daily-training"


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`runs` daily runs of `tasks` tasks of `task_s` seconds; at most `limit` are active (Airflow's `max_active_runs`).

    A drawn task but the first of an early run fails, and an operator clears the run `clears_s` later. A run starts for
    `start_s`, and the scheduler looks every `asks_every_s`. The pipeline is watched until `watch_s` after its last run
    was asked for. The half-fixed scheduler `omits` the "release" (a waiting run keeps its place), the "admission" (a
    run gets a place before its past is done), or "both", and has `raised` places instead.
    """

    runs: int = at_least(3, 7)
    tasks: int = at_least(2, 3)
    task_s: float = above_zero(1800.0)
    limit: int = at_least(1, 1)
    raised: int = at_least(1, 3)
    clears_s: float = above_zero(3.5 * DAY_S)
    start_s: float = above_zero(120.0)
    asks_every_s: float = above_zero(900.0)
    watch_s: float = above_zero(DAY_S)
    omits: str = one_of("both", "release", "admission")

    def __post_init__(self) -> None:
        """Refuse runs that last longer than a day, and a watch that ends before the runs after the clear can end."""
        super().__post_init__()
        run_s = self.start_s + self.tasks * self.task_s + self.asks_every_s
        if run_s > DAY_S:
            raise SettingsRefused(f"a run takes {run_s:g} s; a daily run must end within {DAY_S:g} s")
        # the last run as well, or the runs that begin one after the other once the failed one is cleared
        after_s = self.clears_s + (self.runs + 1) * run_s - (self.runs - 2) * DAY_S
        because = "the time of a run, start_s + tasks * task_s + asks_every_s, or of all runs after clears_s"
        self.require("watch_s", max(run_s, after_s), because)

    @property
    def places(self) -> int:
        """The number of runs that may be active at once."""
        return max(self.raised, self.limit) if self.omitted == "both" else self.limit


origin = "apache/airflow issues 18304 and 29524; docs/reference/stories.md §3 b"
settings = Settings()
does = {
    "broken": "A limit of active runs; a run keeps its place while it waits for the run of the day before.",
    "half-fixed, both": "More places, which as many more waiting runs fill.",
    "half-fixed, release": "A run gets a place only when its past is done; one that has to wait later keeps its place.",
    "half-fixed, admission": "A run that has to wait gives its place back; it gets one again before its past is done.",
    "fixed": "A run gets a place only when its past is done, and gives it back when it has to wait.",
}
promises = [a_run_that_waits_holds_no_place, every_run_of_a_pipeline_ends, no_task_begins_before_its_past]
must_reach = [LimitTaken, events.RunCleared, events.PipelineWatched]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Ask for a run each day, let one fail, and clear it days later."""
    s, chance = sandbox.settings, sandbox.seeds.stream("failure")
    runs = ChainedRuns(
        sandbox,
        PIPELINE,
        ConcurrencyLimit(*sandbox.table("limits"), PIPELINE, s.places, emit=sandbox.emit),
        Chain(s.tasks),
        fails=f"day-{chance.randint(1, min(2, s.runs - 1))}",
        fails_at=chance.randint(1, s.tasks - 1),
        task_s=s.task_s,
        start_s=s.start_s,
        asks_every_s=s.asks_every_s,
        looks_back=s.has("admission") and s.omitted != "both",
        gives_way=s.has("release") and s.omitted != "both",
    )
    async with asyncio.TaskGroup() as others:
        others.create_task(runs.ask_daily(s.runs))
        others.create_task(runs.schedule(s.runs, (s.runs - 1) * DAY_S + s.watch_s))
        await sandbox.trace.until(events.PlaceLeft, why="failed")
        await asyncio.sleep(s.clears_s)
        runs.clear()


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the hours for which places were held by runs that could do nothing but wait."""
    held_h = sum(held_s for _, held_s in held_for_nothing(trace)) / 3600
    ended = {entry.event.run: entry.at_s for entry in trace.of(events.PlaceLeft) if entry.event.why == "ended"}
    latencies_h = [
        (ended.get(asked.event.run, trace.entries[-1].at_s) - asked.at_s) / 3600 for asked in trace.of(events.RunAsked)
    ]
    cleared_s = next(trace.of(events.RunCleared)).at_s
    after = [entry.at_s for entry in trace.of(events.TaskEnded) if entry.at_s > cleared_s]
    still_s = (after[0] if after else trace.entries[-1].at_s) - cleared_s
    return Damage(
        amount=round(held_h, 3),
        unit="hours of places held by runs that wait",
        sentence=f"{len(ended)} of {len(latencies_h)} runs ended; for {held_h:.1f} h a place was held by a run that "
        f"waited for an earlier one; {still_s / 3600:.1f} h after the failed run was cleared "
        f"{'the first task ended' if after else 'still no task had ended'}",
        figures={
            "runs_ended": len(ended),
            "runs_that_never_ended": len(latencies_h) - len(ended),
            "stood_still_after_the_clear_h": round(still_s / 3600, 3),
            "longest_latency_h": round(max(latencies_h), 3),
            "places_taken": sum(1 for _ in trace.of(events.PlaceTaken)),
        },
    )
