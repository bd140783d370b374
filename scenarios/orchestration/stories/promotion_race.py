"""Several models are promoted at once, and what serves in the end is not what the registry's tag says.

Whoever promotes reads the tag, evaluates for half a minute, moves the tag and deploys, which takes up to a minute more.
With a lock on the tag the best version is tagged, and deploys still come in out of order: the slower deploy of the
earlier promotion has the last word. In the first of the trials this is told, and in the second how the tag itself comes
to name the worse of two versions; in the others it is left to chance.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from control_plane.events import DeployRefused, TagMoved, TagMoveRefused, VersionDeployed
from control_plane.models.promotion import Version, promotes
from control_plane.models.registry import DeployFenced, Registry, TagWasMoved
from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.the_best_version_is_tagged import the_best_version_is_tagged
from scenarios.orchestration.promises.what_serves_is_what_the_tag_names import (
    drifting,
    stretches,
    what_serves_is_what_the_tag_names,
)
from scenarios.orchestration.workloads.data_events import PromotionsSettled, WatchEnded
from scenarios.orchestration.workloads.promoting import CARD, PACE, Pace, Rates, simulated
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`trials` models, each promoted by `promoters` within a minute and then watched for `watch_s`.

    The rates are those of the trials that are left to chance; beside them stand those of `draws` simulated ones.
    """

    promoters: int = 5
    trials: int = 4
    watch_s: float = 600.0
    draws: int = 500

    def __post_init__(self) -> None:
        """Refuse a race without racers."""
        super().__post_init__()
        self.at_least("promoters", 2)
        self.at_least_one("trials", "draws")

    @property
    def locked(self) -> bool:
        """Say whether the tag moves only from where it was read."""
        return self.variant != "broken"

    @property
    def fenced(self) -> bool:
        """Say whether a deploy of an earlier promotion is refused."""
        return self.variant == "fixed"


origin = "the second seed; ORCHESTRATION §3 h"
settings = Settings()
full = {"trials": "20", "draws": "20000"}
needs = ()
promises = [what_serves_is_what_the_tag_names, the_best_version_is_tagged]
must_reach = [TagMoved, VersionDeployed, WatchEnded]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Promote the versions of one model after the other."""
    client, table = sandbox.table("registry")
    for trial in range(sandbox.settings.trials):
        registry = Registry(client, table, f"model-{trial}", emit=sandbox.emit)
        await TOLD.get(trial, _promoted)(sandbox, registry)
        sandbox.emit(PromotionsSettled(registry.model))
        await asyncio.sleep(sandbox.settings.watch_s)
        sandbox.emit(WatchEnded(registry.model))


async def _promoted(sandbox: Sandbox[Settings], registry: Registry) -> None:
    """Let everybody begin within a minute, and take the time that chance gives them."""
    chance = sandbox.seeds.stream(registry.model)
    versions = _registered(registry, sandbox.settings.promoters, chance)
    await asyncio.gather(*(_promote(sandbox, registry, version, PACE, chance) for version in versions))


async def _overtaken(sandbox: Sandbox[Settings], registry: Registry) -> None:
    """Let the second promotion overtake the first, whose deploy is slow."""
    chance = sandbox.seeds.stream(registry.model)
    worse, better = sorted(_registered(registry, 2, chance), key=lambda version: version.score)
    slow = Pace((0.0, 0.0), PACE.evaluates_s, (40.0, 60.0))
    first = asyncio.create_task(_promote(sandbox, registry, worse, slow, chance))
    await sandbox.trace.until(TagMoved, model=registry.model)
    quick = Pace((0.0, 0.0), (10.0, 15.0), (5.0, 20.0))
    await asyncio.gather(first, _promote(sandbox, registry, better, quick, chance))


async def _outdated(sandbox: Sandbox[Settings], registry: Registry) -> None:
    """Let both read the tag at once, and the worse version be the later to decide on what it read."""
    chance = sandbox.seeds.stream(registry.model)
    worse, better = sorted(_registered(registry, 2, chance), key=lambda version: version.score)
    slow, quick = Pace((0.0, 0.0), (30.0, 40.0)), Pace((0.0, 0.0), (10.0, 20.0))
    await asyncio.gather(
        _promote(sandbox, registry, worse, slow, chance), _promote(sandbox, registry, better, quick, chance)
    )


TOLD = {0: _overtaken, 1: _outdated}
"""The trials that are not left to chance."""


def _registered(registry: Registry, count: int, chance: random.Random) -> list[Version]:
    versions = [Version(n, f"sha256:{chance.getrandbits(256):064x}", chance.random()) for n in range(1, count + 1)]
    for version in versions:
        registry.register(version)
    return versions


async def _promote(
    sandbox: Sandbox[Settings], registry: Registry, version: Version, pace: Pace, chance: random.Random
) -> None:
    """Evaluate a version against what the tag names, and put it in its place if it is better."""
    s = sandbox.settings
    await asyncio.sleep(chance.uniform(*pace.begins_s))
    while True:
        read = registry.tag()
        await asyncio.sleep(chance.uniform(*pace.evaluates_s))
        if not promotes(version, read):
            return
        try:
            tag = registry.move_tag(version.version, read, locked=s.locked)
        except TagWasMoved:
            continue
        break
    await asyncio.sleep(chance.uniform(*pace.deploys_s))
    try:
        registry.deploy(tag, fenced=s.fenced)
    except DeployFenced:
        return


@lru_cache(maxsize=8)
def _rates(promoters: int, locked: bool, fenced: bool, draws: int) -> Rates:
    return simulated(promoters, locked=locked, fenced=fenced, trials=draws, rng=random.Random("promotions"))


def _played(trace: Trace, models: Sequence[str]) -> Rates:
    """Return the rates of these trials as they were played, through the registry's conditional writes."""
    lives = [list(stretches(trace, model)) for model in models]
    astray = sum(life[-1].tag != life[-1].serves for life in lives)
    lost = sum(
        violation.message.startswith(f"{model} ") for violation in the_best_version_is_tagged(trace) for model in models
    )
    aborts = sum(entry.event.model in models for entry in trace.of(TagMoveRefused))
    return Rates(*(round(count / len(models), 4) for count in (astray, lost, aborts)))


def _rows(rates: Rates, ending: str) -> dict[str, float]:
    shares = {"drifted_rate": rates.drifted, "best_lost_rate": rates.best_lost, "aborts_a_trial": rates.aborts}
    return {f"{name}{ending}": share for name, share in shares.items()}


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the seconds in which something else served than the tag named, with no deploy under way to mend it."""
    models = [entry.event.model for entry in trace.of(PromotionsSettled)]
    lives = {model: stretches(trace, model) for model in models}
    drift_s = {model: sum(d.until_s - d.since_s for d in drifting(life)) for model, life in lives.items()}
    astray_s = sum(d.until_s - d.since_s for life in lives.values() for d in life if d.tag != d.serves)
    watched_s = sum(d.until_s - d.since_s for life in lives.values() for d in life)
    lost = sum(1 for _ in the_best_version_is_tagged(trace))
    rates = _rates(s.promoters, s.locked, s.fenced, s.draws)
    figures = {
        "drift_s": round(sum(drift_s.values()), 3),
        "drift_share": round(sum(drift_s.values()) / watched_s, 4),
        "drift_and_rollout_s": round(astray_s, 3),
        "models_that_end_astray": sum(life[-1].tag != life[-1].serves for life in lives.values()),
        "best_not_tagged": lost,
        "tag_moves_refused": sum(1 for _ in trace.of(TagMoveRefused)),
        "deploys_refused": sum(1 for _ in trace.of(DeployRefused)),
    }
    if drawn := models[len(TOLD) :]:
        figures |= _rows(_played(trace, drawn), "")
    figures |= _rows(rates, "_simulated")
    if (card := CARD.get((s.promoters, s.variant))) is not None:
        figures |= _rows(card, "_card")
    return Damage(
        amount=figures["drift_s"],
        unit="seconds of drift",
        sentence=f"{sum(d > 0 for d in drift_s.values())} of {len(models)} models served another version than their "
        f"tag named, {figures['drift_share']:.0%} of the time; the best version was not the tagged one in {lost}",
        figures=figures,
    )
