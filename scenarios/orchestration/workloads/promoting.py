"""Promoters of one model: played on a registry, and simulated many times by the same rules.

A story plays few promotions, with real conditional writes; the simulation gives a rate that can be compared with the
measured one (docs/reference/stories.md §3 h).
"""

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

from gateway_sim.control_plane.models.promotion import Tag, Version, may_deploy, promotes
from gateway_sim.control_plane.models.registry import DeployFenced, Registry, TagWasMoved
from gateway_sim.scenarios.orchestration.workloads.model_events import PromoterDied


@dataclass(frozen=True)
class Pace:
    """When promoters begin, and how long they evaluate and deploy: uniform ranges, in seconds."""

    begins_s: tuple[float, float] = (0.0, 60.0)
    evaluates_s: tuple[float, float] = (10.0, 40.0)
    deploys_s: tuple[float, float] = (5.0, 60.0)


def share_of(whole_s: tuple[float, float], first: int, last: int, of: int) -> tuple[float, float]:
    """Return the part of a range from `first` to `last`, where the whole has `of` equal parts."""
    low_s, high_s = whole_s
    return low_s + (high_s - low_s) * first / of, low_s + (high_s - low_s) * last / of


PACE = Pace()


@dataclass(frozen=True)
class Rates:
    """Shares of trials in which another version serves than is tagged, or the best is not tagged; aborts a trial."""

    drifted: float
    best_lost: float
    aborts: float


MEASURED: dict[tuple[int, bool, bool], Rates] = {
    (2, False, False): Rates(0.209, 0.317, 0.0),
    (3, False, False): Rates(0.284, 0.454, 0.0),
    (5, False, False): Rates(0.368, 0.592, 0.0),
    (2, True, False): Rates(0.036, 0.0, 0.63),
    (3, True, False): Rates(0.054, 0.0, 1.42),
    (5, True, False): Rates(0.069, 0.0, 3.11),
    (2, True, True): Rates(0.0, 0.0, 0.63),
    (3, True, True): Rates(0.0, 0.0, 1.42),
    (5, True, True): Rates(0.0, 0.0, 3.11),
}
"""The table of docs/reference/stories.md §3 h, by promoters, lock and fence."""


@dataclass(frozen=True)
class Promoters:
    """The promoters of one model; `locked` checks that the tag is as it was read, `fenced` refuses an older deploy.

    The share `deaths` of the promoters dies between tag and deploy. A reconciler deploys at this `pace`.
    """

    registry: Registry
    chance: random.Random
    locked: bool
    fenced: bool
    emit: Callable[[object], None]
    deaths: float = 0.0
    pace: Pace = PACE

    def registered(self, count: int) -> list[Version]:
        """Register `count` versions with random scores."""
        draw = self.chance
        versions = [Version(n, f"sha256:{draw.getrandbits(256):064x}", draw.random()) for n in range(1, count + 1)]
        for version in versions:
            self.registry.register(version)
        return versions

    async def promote(self, version: Version, pace: Pace, *, dies: bool = False) -> None:
        """Evaluate a version against the tagged one, and if it is better, tag it and deploy it, or die in between."""
        await asyncio.sleep(self.chance.uniform(*pace.begins_s))
        while True:
            read = self.registry.tag()
            await asyncio.sleep(self.chance.uniform(*pace.evaluates_s))
            if not promotes(version, read):
                return
            try:
                tag = self.registry.move_tag(version.version, read, locked=self.locked)
            except TagWasMoved:
                continue
            break
        if dies or (self.deaths and self.chance.random() < self.deaths):
            self.emit(PromoterDied(self.registry.model, tag.version, tag.token))
            return
        await self.deploy(tag, pace)

    async def deploy(self, tag: Tag, pace: Pace | None = None) -> None:
        """Deploy a tag's version, which takes its time; a deploy that a newer one overtook changes nothing."""
        await asyncio.sleep(self.chance.uniform(*(pace or self.pace).deploys_s))
        try:
            self.registry.deploy(tag, fenced=self.fenced)
        except DeployFenced:
            return


def simulated(
    promoters: int, *, locked: bool, fenced: bool, trials: int, rng: random.Random, pace: Pace = PACE
) -> Rates:
    """Return the rates over `trials` trials."""
    ends = [_trial(promoters, locked, fenced, rng, pace) for _ in range(trials)]
    drifted, lost, aborts = (sum(end[n] for end in ends) / trials for n in range(3))
    return Rates(drifted, lost, aborts)


def _trial(promoters: int, locked: bool, fenced: bool, rng: random.Random, pace: Pace) -> tuple[bool, bool, int]:
    candidates = [Version(n, "", rng.random()) for n in range(promoters)]
    tag: Tag | None = None
    deployed: Tag | None = None
    aborts = 0
    # by time: a promoter reads the tag, then decides by that read, then has deployed
    due: list[tuple[float, int, str, Tag | None]] = []
    for n in range(promoters):
        heapq.heappush(due, (rng.uniform(*pace.begins_s), n, "reads", None))
    while due:
        now_s, n, what, read = heapq.heappop(due)
        if what == "reads":
            heapq.heappush(due, (now_s + rng.uniform(*pace.evaluates_s), n, "decides", tag))
        elif what == "decides" and promotes(candidates[n], read):
            if locked and read != tag:
                aborts += 1
                heapq.heappush(due, (now_s, n, "reads", None))
                continue
            tag = Tag(n, candidates[n].score, tag.token + 1 if tag else 1)
            heapq.heappush(due, (now_s + rng.uniform(*pace.deploys_s), n, "deployed", tag))
        elif (
            what == "deployed" and read and (not fenced or may_deploy(read.token, deployed.token if deployed else None))
        ):
            deployed = read
    assert tag is not None
    best = max(candidates, key=lambda candidate: candidate.score)
    return tag != deployed, tag.version != best.version, aborts
