"""A shared runtime is upgraded: features change without an error, and days later the job that ran yesterday fails.

Another team builds the runtime anew with a library's next release. One release takes another default, and a model gets
worse without any change to it; the next one lacks the function that the job imports. A pinned tag moves with the build.
A digest that is resolved at submission does not, until an upgrade is adopted. The job's own code, run on a golden batch
in the new image, shows both before any run does.
"""

from dataclasses import dataclass

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_job_runs_in_one_image import a_job_runs_in_one_image
from gateway_sim.scenarios.orchestration.promises.no_run_fails_in_its_runtime import no_run_fails_in_its_runtime
from gateway_sim.scenarios.orchestration.promises.preprocessing_makes_the_same_of_the_same import (
    preprocessing_makes_the_same_of_the_same,
)
from gateway_sim.scenarios.orchestration.promises.what_serves_is_as_good_as_it_was import (
    what_serves_is_as_good_as_it_was,
)
from gateway_sim.scenarios.orchestration.workloads import digits
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A daily job for `days` days, whose model was trained for `steps` steps on pictures with `noise`.

    A harmless release comes on day 2, one with another default on day 4 or 5, and one without the job's function on day
    8 or 9. An operator finds the cause of a crash after `debugs_days`, and that of a drift after `finds_days`. The
    half-fixed platform `omits` one thing: the "digest" (it pins a tag), or the "gate" (it adopts what is built).
    """

    days: int = at_least(10, 14)
    steps: int = at_least(1, 60)
    noise: float = digits.NOISE
    debugs_days: int = at_least(1, 2)
    finds_days: int = at_least(1, 6)
    omits: str = one_of("digest", "gate")


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 c"
settings = Settings()
needs = ("sklearn",)
parts = ("image",)
does = {
    "broken": "The job runs in whatever the tag `latest` names when its run starts.",
    "half-fixed, digest": "The job pins the tag `v1`, which moves with each build; a golden batch is compared.",
    "half-fixed, gate": "The job runs in a resolved digest, and every new build is adopted without a look.",
    "fixed": "The job runs in a resolved digest, and a build is adopted if it makes the same of a golden batch.",
}
promises = [
    no_run_fails_in_its_runtime,
    a_job_runs_in_one_image,
    preprocessing_makes_the_same_of_the_same,
    what_serves_is_as_good_as_it_was,
]
must_reach = [ImageTagged, DayServed]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Run the job each day while the runtime is upgraded three times."""
    from gateway_sim.scenarios.orchestration.workloads.shared_runtime import BROKEN, DRIFTED, PATCHED, DailyJob

    s, chance = sandbox.settings, sandbox.seeds.stream("releases")
    job = DailyJob(
        sandbox,
        tag="v1" if s.variant == "half-fixed" else "latest",
        by_digest=s.has("digest"),
        gated=s.has("gate"),
        steps=s.steps,
        noise=s.noise,
        debugs_days=s.debugs_days,
        finds_days=s.finds_days,
    )
    await job.play(s.days, {2: PATCHED, chance.randint(4, 5): DRIFTED, chance.randint(8, 9): BROKEN})


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the daily runs that failed, and those whose features the model answered otherwise."""
    crashed = sum(1 for _ in trace.of(events.RunCrashed))
    served = [entry.event for entry in trace.of(DayServed)]
    drifted = [day for day in served if day.otherwise]
    found = {entry.event.kind: entry.event.day - entry.event.since_day for entry in trace.of(events.FaultFound)}
    lost = max((100 * (day.reference_quality - day.quality) for day in drifted), default=0.0)
    return Damage(
        amount=crashed + len(drifted),
        unit="runs that failed or gave the model other features",
        sentence=f"of {s.days} days {crashed} had a run that failed, and {len(drifted)} had features that the model "
        f"answers otherwise, with up to {lost:.1f} points of accuracy less",
        figures={
            "days_failed": crashed,
            "days_drifted": len(drifted),
            "days_until_the_crash_was_found": found.get("crash", 0),
            "days_until_the_drift_was_found": found.get("drift", 0),
            "accuracy_lost_points": round(lost, 3),
            "upgrades_adopted": sum(1 for _ in trace.of(events.UpgradeAdopted)) - 1,
            "upgrades_turned_down": sum(1 for _ in trace.of(events.UpgradeTurnedDown)),
        },
    )
