"""Runs of a sweep store their models under one path, and records name models that other runs have trained.

A run evaluates what its path holds, and records the path with the loss. A path that all runs share holds the model of
the run that ended last. A path with the run's name does not help against the run's own first attempt, which froze
before it stored its model and wakes when the second one is recorded. A conditional put refuses it; on a shared path the
same condition leaves all runs but the first without a model.
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.control_plane.models.artifacts import Artifacts
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.an_artifact_is_stored_once import an_artifact_is_stored_once
from gateway_sim.scenarios.orchestration.promises.every_run_keeps_the_model_it_evaluated import (
    every_run_keeps_the_model_it_evaluated,
    not_its_own,
)
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.trace import Trace

DAY_S = 86_400.0


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A sweep of `runs` runs that train for `fastest_s` to `slowest_s`.

    Each evaluates its model, and records it, `later_s` after it has stored it. The first attempt of a drawn run
    freezes. Its second attempt begins `notice_s` later, and the first one wakes `notice_s` after the second recorded
    its model. An audit reads all models after `audits_s`. The half-fixed store `omits` one thing: the "condition" on
    the put (`If-None-Match`), or the "path" with the run's name.
    """

    runs: int = at_least(2, 6)
    fastest_s: float = above_zero(600.0)
    slowest_s: float = above_zero(1800.0)
    later_s: float = above_zero(300.0)
    notice_s: float = above_zero(600.0)
    audits_s: float = above_zero(7 * DAY_S)
    omits: str = one_of("condition", "path")

    def __post_init__(self) -> None:
        """Refuse an audit that comes before the runs have ended, and a slowest run that is faster than the fastest."""
        super().__post_init__()
        self.require("slowest_s", self.fastest_s, "fastest_s")
        runs_s = 2 * (self.slowest_s + self.notice_s + self.later_s)
        self.require("audits_s", runs_s, "2 * (slowest_s + notice_s + later_s)")


origin = "kubeflow/pipelines issue 10186; docs/reference/stories.md §3 a"
settings = Settings()
does = {
    "broken": "All runs store their models under one path, and each put replaces what is there.",
    "half-fixed, condition": "Each run has a path of its own; a late attempt of the run replaces the recorded model.",
    "half-fixed, path": "A put refuses to replace a model; on the shared path only the first run keeps its own.",
    "fixed": "Each run has a path of its own, and a put refuses to replace what is there.",
}
promises = [an_artifact_is_stored_once, every_run_keeps_the_model_it_evaluated]
must_reach = [events.ArtifactStored, events.AttemptWoke, events.ArtifactAudited]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train all runs at once, let one attempt wake too late, and audit the models a week later."""
    from gateway_sim.scenarios.orchestration.workloads.sweep import Sweep

    s = sandbox.settings
    runs = [f"run-{n + 1}" for n in range(s.runs)]
    artifacts = Artifacts(sandbox.bucket("artifacts"), "churn", by_run=s.has("path"), once=s.has("condition"))
    sweep = Sweep(
        sandbox,
        artifacts,
        trains_s=(s.fastest_s, s.slowest_s),
        later_s=s.later_s,
        notice_s=s.notice_s,
        frozen=sandbox.seeds.stream("freeze").choice(runs),
    )
    await asyncio.gather(*map(sweep.run, runs))
    await sandbox.until_s(s.audits_s)
    sweep.audit(runs)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the runs whose record names a model of another run, or a path that holds another model by now."""
    wrong = [(entry.event, what) for entry, what in not_its_own(trace)]
    others = sum(what == "the model of another run" for _, what in wrong)
    recorded = {entry.event.run: entry for entry in trace.of(events.ArtifactRecorded)}
    audited_s = next(trace.of(events.ArtifactAudited)).at_s
    found_s = [audited_s - recorded[audit.run].at_s for audit, _ in wrong]
    apart = [abs(audit.loss - recorded[audit.run].event.loss) for audit, _ in wrong]
    return Damage(
        amount=len(wrong),
        unit="runs whose record names a model that is not theirs",
        sentence=f"of {s.runs} runs {others} recorded the model of another run, and the path of {len(wrong) - others} "
        f"more holds another model than they evaluated; an audit found it after {audited_s / DAY_S:.0f} days",
        figures={
            "recorded_another_runs_model": others,
            "overwritten_since": len(wrong) - others,
            "puts_refused": sum(1 for _ in trace.of(events.ArtifactKept)),
            "days_until_found": round(max(found_s, default=0.0) / DAY_S, 3),
            "largest_difference_of_loss": round(max(apart, default=0.0), 4),
        },
    )
