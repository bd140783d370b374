"""Several models are promoted at once, and in the end another version serves than the registry's tag names.

A promoter reads the tag, evaluates for half a minute, moves the tag and deploys, which takes up to a minute more. With
a lock on the tag the best version is tagged, and deploys still finish out of order: the slower deploy of the earlier
promotion is the last. A fence refuses it, and yet a promoter that dies between tag and deploy leaves the tag alone: a
reconciler deploys what it names. The first trial is set up for the slow deploy, the second tags the worse of two
versions, in the third a promoter dies; in the others all times are random.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gateway_sim.control_plane.events import DeployRefused, TagMoved, TagMoveRefused, VersionDeployed
from gateway_sim.control_plane.models.rollouts import reconcile
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import registry as registries
from gateway_sim.scenarios.orchestration.promises.the_best_version_is_tagged import the_best_version_is_tagged
from gateway_sim.scenarios.orchestration.promises.what_serves_is_what_the_tag_names import (
    drifting,
    stretches,
    what_serves_is_what_the_tag_names,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    PromoterDied,
    PromotionsSettled,
    RolloutBounded,
    WatchEnded,
)
from gateway_sim.scenarios.orchestration.workloads.promoting import (
    MEASURED,
    PACE,
    Pace,
    Promoters,
    Rates,
    share_of,
    simulated,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import (
    Sandbox,
    SandboxSettings,
    above_zero,
    at_least,
    cancelled,
    one_of,
)
from gateway_sim.scenarios.sim.trace import Trace

AT_ONCE = (0.0, 0.0)
"""The range in which promoters begin that begin together."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`trials` models, each promoted by `promoters` and then watched for `watch_s`.

    A promoter begins within `begins_s`, evaluates for `evaluates_least_s` to `evaluates_most_s`, and deploys for
    `deploys_least_s` to `deploys_most_s`. What a tag names must serve within `rollout_s`, which must be twice the
    longest deploy and `reconciles_s` or more. A deploy can be overtaken where the longest one takes more time than the
    shortest evaluation and the shortest deploy together. In a random trial a promoter dies between tag and deploy with
    probability `deaths`. A reconciler compares tag and deployment every `reconciles_s`. The half-fixed registry `omits`
    the "fence", and with it the reconciler: it has the lock alone; or only the "reconciler". The rates are those of the
    random trials; beside them stand those of `draws` simulated ones.
    """

    promoters: int = at_least(2, 5)
    trials: int = at_least(1, 5)
    watch_s: float = 600.0
    begins_s: float = 60.0
    evaluates_least_s: float = 10.0
    evaluates_most_s: float = 40.0
    deploys_least_s: float = 5.0
    deploys_most_s: float = 60.0
    rollout_s: float = 180.0
    deaths: float = field(default=0.0, metadata={"most": 1})
    reconciles_s: float = above_zero(30.0)
    draws: int = at_least(1, 500)
    omits: str = one_of("fence", "reconciler")

    def __post_init__(self) -> None:
        """Refuse a watch that ends before a rollout is overdue, and a rollout that ends before it can be mended."""
        super().__post_init__()
        self.require("evaluates_most_s", self.evaluates_least_s, "evaluates_least_s")
        self.require("deploys_most_s", self.deploys_least_s, "deploys_least_s")
        self.require("rollout_s", 2 * self.deploys_most_s + self.reconciles_s, "2 * deploys_most_s + reconciles_s")
        self.require("watch_s", self.rollout_s + 1, "rollout_s + 1")

    @property
    def pace(self) -> Pace:
        """When promoters begin, and how long they evaluate and deploy."""
        evaluates_s, deploys_s = (
            (self.evaluates_least_s, self.evaluates_most_s),
            (self.deploys_least_s, self.deploys_most_s),
        )
        return Pace((0.0, self.begins_s), evaluates_s, deploys_s)

    @property
    def locked(self) -> bool:
        """Whether the tag moves only if it still is what the promoter read."""
        return self.variant != "broken"

    @property
    def fenced(self) -> bool:
        """Whether a deploy of an earlier promotion is refused."""
        return self.has("fence")

    @property
    def reconciled(self) -> bool:
        """Whether a reconciler deploys what a dead promoter left."""
        return self.variant == "fixed"


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 h"
settings = Settings()
does = {
    "broken": "A promoter reads the tag, evaluates, and moves the tag without a check; then it deploys.",
    "half-fixed, fence": "The tag is moved under a lock; a late deploy of an earlier promotion still replaces the "
    "newer one.",
    "half-fixed, reconciler": "Lock and fence: a late deploy is refused; after a promoter's death no part deploys "
    "what the tag names.",
    "fixed": "Lock, fence, and a reconciler that deploys what the tag names.",
}
full = {"trials": "20", "draws": "20000"}
promises = [what_serves_is_what_the_tag_names, the_best_version_is_tagged]
must_reach = [TagMoved, VersionDeployed, WatchEnded]
parts = ("registry",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Promote the versions of one model after the other."""
    s = sandbox.settings
    for trial in range(s.trials):
        registry = registries.made(sandbox, f"model-{trial}")
        chance = sandbox.seeds.stream(registry.model)
        promoters = Promoters(registry, chance, s.locked, s.fenced, sandbox.emit, s.deaths, s.pace)
        sandbox.emit(RolloutBounded(registry.model, s.rollout_s))
        async with _reconciler(s, promoters):
            await SET_UP.get(trial, _random)(sandbox, promoters)
            sandbox.emit(PromotionsSettled(registry.model))
            await asyncio.sleep(s.watch_s)
            sandbox.emit(WatchEnded(registry.model))


@contextlib.asynccontextmanager
async def _reconciler(s: Settings, promoters: Promoters) -> AsyncIterator[None]:
    """Let a reconciler run beside the promoters, in the variant that has one."""
    if not s.reconciled:
        yield
        return
    loop = reconcile(promoters.registry, promoters.deploy, every_s=s.reconciles_s, patience_s=s.deploys_most_s)
    task = asyncio.create_task(loop, name=f"reconcile {promoters.registry.model}")
    try:
        yield
    finally:
        await cancelled(task)


async def _random(sandbox: Sandbox[Settings], promoters: Promoters) -> None:
    """Let all promoters begin within `begins_s`, with random times."""
    versions = promoters.registered(sandbox.settings.promoters)
    await asyncio.gather(*(promoters.promote(version, promoters.pace) for version in versions))


async def _overtaken(sandbox: Sandbox[Settings], promoters: Promoters) -> None:
    """Let the second promotion overtake the first, which has a slow deploy."""
    worse, better = sorted(promoters.registered(2), key=lambda version: version.score)
    pace = promoters.pace
    slow = Pace(AT_ONCE, pace.evaluates_s, share_of(pace.deploys_s, 7, 11, 11))
    quick = Pace(AT_ONCE, share_of(pace.evaluates_s, 0, 1, 6), share_of(pace.deploys_s, 0, 3, 11))
    # the first one fails with a registry that fails, and then the tag is not waited for
    async with asyncio.TaskGroup() as both:
        both.create_task(promoters.promote(worse, slow))
        await sandbox.trace.until(TagMoved, model=promoters.registry.model)
        await promoters.promote(better, quick)


async def _outdated(_: Sandbox[Settings], promoters: Promoters) -> None:
    """Let both promoters read the tag at once; the promoter of the worse version decides later."""
    worse, better = sorted(promoters.registered(2), key=lambda version: version.score)
    pace = promoters.pace
    slow, quick = (Pace(AT_ONCE, share_of(pace.evaluates_s, *part, 3), pace.deploys_s) for part in ((2, 3), (0, 1)))
    await asyncio.gather(promoters.promote(worse, slow), promoters.promote(better, quick))


async def _abandoned(_: Sandbox[Settings], promoters: Promoters) -> None:
    """Let the promoter of the better version die after it has moved the tag; the worse one serves."""
    worse, better = sorted(promoters.registered(2), key=lambda version: version.score)
    await promoters.promote(worse, promoters.pace)
    await promoters.promote(better, promoters.pace, dies=True)


SET_UP = {0: _overtaken, 1: _outdated, 2: _abandoned}
"""The trials with a fixed order."""


@lru_cache(maxsize=8)
def _rates(promoters: int, locked: bool, fenced: bool, draws: int, pace: Pace) -> Rates:
    rng = random.Random("promotions")
    return simulated(promoters, locked=locked, fenced=fenced, trials=draws, rng=rng, pace=pace)


def _played(trace: Trace, models: Sequence[str]) -> Rates:
    """Return the rates of these trials as they were played, with the registry's conditional writes."""
    lives = [list(stretches(trace, model)) for model in models]
    drifted = sum(life[-1].tag != life[-1].serves for life in lives)
    lost = sum(
        violation.message.startswith(f"{model} ") for violation in the_best_version_is_tagged(trace) for model in models
    )
    aborts = sum(entry.event.model in models for entry in trace.of(TagMoveRefused))
    return Rates(*(round(count / len(models), 4) for count in (drifted, lost, aborts)))


def _rows(rates: Rates, ending: str) -> dict[str, float]:
    shares = {"drifted_rate": rates.drifted, "best_lost_rate": rates.best_lost, "aborts_a_trial": rates.aborts}
    return {f"{name}{ending}": share for name, share in shares.items()}


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the seconds in which another version served than the tag named, with no deploy in its time under way."""
    models = [entry.event.model for entry in trace.of(PromotionsSettled)]
    lives = {model: stretches(trace, model) for model in models}
    drift_s = {model: sum(d.until_s - d.since_s for d in drifting(life)) for model, life in lives.items()}
    astray_s = sum(d.until_s - d.since_s for life in lives.values() for d in life if d.tag != d.serves)
    watched_s = sum(d.until_s - d.since_s for life in lives.values() for d in life)
    lost = sum(1 for _ in the_best_version_is_tagged(trace))
    figures = {
        "drift_s": round(sum(drift_s.values()), 3),
        "drift_share": round(sum(drift_s.values()) / watched_s, 4),
        "drift_and_rollout_s": round(astray_s, 3),
        "models_that_end_astray": sum(life[-1].tag != life[-1].serves for life in lives.values()),
        "best_not_tagged": lost,
        "tag_moves_refused": sum(1 for _ in trace.of(TagMoveRefused)),
        "deploys_refused": sum(1 for _ in trace.of(DeployRefused)),
        "promoters_died": sum(1 for _ in trace.of(PromoterDied)),
    }
    if drawn := models[len(SET_UP) :]:
        figures |= _rows(_played(trace, drawn), "")
    if drawn and not s.deaths:
        # simulated and measured without deaths
        figures |= _rows(_rates(s.promoters, s.locked, s.fenced, s.draws, s.pace), "_simulated")
        measured = MEASURED.get((s.promoters, s.locked, s.fenced)) if s.pace == PACE else None
        if measured is not None:
            figures |= _rows(measured, "_card")
    return Damage(
        amount=figures["drift_s"],
        unit="seconds of drift",
        sentence=f"{sum(d > 0 for d in drift_s.values())} of {len(models)} models served another version than their "
        f"tag named, {figures['drift_share']:.0%} of the time; the best version was not the tagged one in {lost}",
        figures=figures,
    )
