"""A drawn world on the virtual engine: who plays, the story, the promises it is held to, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from client.sdk_profiles import PROFILES
from gateway_sim.negative_cache import CachingReplica
from scenarios import races, words
from scenarios.anomalies import counts
from scenarios.events import MissesRemembered
from scenarios.explore.acts import ENDS, perform
from scenarios.explore.draw import draw
from scenarios.explore.drawn import DrawnWorld
from scenarios.explore.fired import CACHE, faults_of, idle_faults
from scenarios.oracles import Promise
from scenarios.oracles.a_gone_job_fails_fast import a_gone_job_fails_fast
from scenarios.oracles.a_gone_job_is_noticed import a_gone_job_is_noticed
from scenarios.oracles.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.oracles.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from scenarios.oracles.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.oracles.nobody_spins import nobody_spins
from scenarios.oracles.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from scenarios.oracles.the_run_finishes import the_run_finishes
from scenarios.oracles.the_surviving_chain_is_every_step_once import the_surviving_chain_is_every_step_once
from scenarios.oracles.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.oracles.what_was_checkpointed_can_be_resumed import what_was_checkpointed_can_be_resumed
from scenarios.races import Race
from scenarios.runner import Broken, Plan, RunResult, RunSpec, Verdict, run_plan
from scenarios.world.build import Cast, World
from scenarios.world.settings import Settings
from scenarios.world.telling import still_training, story_over
from scenarios.world.trace import Entry

DRAWN: Final = "drawn"
"""The name in a trace of a world that tells no race's story."""

ALWAYS: Final[tuple[Promise, ...]] = (
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    the_surviving_chain_is_every_step_once,
    nobody_spins,
    one_writer_per_job_incarnation,
    no_pod_takes_another_jobs_request,
    what_was_checkpointed_can_be_resumed,
)


@dataclass(frozen=True)
class Search:
    """Who plays, and what of every world is given: its race, its balancer, and settings of the world or of a policy."""

    race: str | None = None
    client: str = "plain"
    gateway: str = "not-found"
    sdk: str = "tinker-0.15"
    balance: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def cast(self, balance: str) -> Cast:
        """Return the players. Raises `UnknownWord` or `SettingsRefused` for words that are off."""
        clients, gateways = words.client_policies(), words.gateway_policies()
        client = clients[words.check("client policy", self.client, clients)]()
        gateway = gateways[words.check("gateway policy", self.gateway, gateways)]()
        sdk = PROFILES[words.check("SDK profile", self.sdk, PROFILES)]
        _, gateway, client = words.apply_settings(self.settings, Settings(), gateway, client)
        return Cast(client, gateway, sdk, words.check("balance", balance, words.BALANCES))

    def check(self) -> None:
        """Raise `UnknownWord` or `SettingsRefused` for words that are off, before a world is drawn from them."""
        self.cast(self.balance or words.BALANCES[0])
        if self.race is not None:
            words.check("race", self.race, races.names())
        self.world(0)

    def world(self, seed: int) -> DrawnWorld:
        """Draw the world of a seed."""
        cast = self.cast(self.balance or words.BALANCES[0])
        of_the_world = {f.name for f in fields(Settings)}
        pins = {name: word for name, word in self.settings.items() if name in of_the_world}
        # who reads the table strongly learns what a cache hides; who does not never finds its primary cut off
        strongly = getattr(cast.gateway, "follows_strays", False)
        odds = {CACHE: 0.1} if strongly else {"primary-partition": 0.0}
        return draw(seed, self.race, self.balance, pins, odds)

    @property
    def policies(self) -> dict[str, str]:
        """Return the settings that are a policy's and no world's."""
        of_the_world = {f.name for f in fields(Settings)}
        return {name: word for name, word in self.settings.items() if name not in of_the_world}


@dataclass(frozen=True)
class Explored:
    """What came of one seed; `idle` are the faults of its world that its run never met.

    `anomalies` are the route anomalies that its trace shows, each with how often it happened.
    `diverged` is the first event that differed when the seed was played twice, None if none did or it was not;
    `crashed` the error that the world itself ended in.
    """

    seed: int
    verdict: Verdict
    outcome: str
    violations: tuple[Broken, ...]
    faults: tuple[str, ...]
    idle: tuple[str, ...]
    digest: str = ""
    requests: int = 0
    lasted_s: float = 0.0
    anomalies: tuple[tuple[str, int], ...] = ()
    diverged: str | None = None
    crashed: str | None = None


def staged(search: Search, world: DrawnWorld) -> Plan:
    """Return a world as a plan that the runner plays."""
    race = races.load(world.race) if world.race else None
    story = Race(
        name=world.race or DRAWN,
        summary=race.summary if race else "A job is started and trained on, and what was drawn happens.",
        origin=race.origin if race else "gateway-sim explore",
        settings=world.plain(),
        promises=promises_of(world),
        must_reach=(),
        expected=lambda cast: "kept",
        play=_story(world, race.play if race else None),
    )
    spec = RunSpec(
        story.name,
        search.client,
        search.gateway,
        search.sdk,
        world.balance,
        seed=world.seed,
        settings={**{name: str(value) for name, value in world.changes().items()}, **search.policies},
    )
    return Plan(spec, story, search.cast(world.balance), world.settings)


def promises_of(world: DrawnWorld) -> Sequence[Promise]:
    """Return what a world is held to: its race's promises, or that who loses his job hears of it and all others finish.

    A deletion that faults may hide is noticed once they do not, also where its race has none and promises it at once.
    """
    if world.race is not None:
        told = races.load(world.race).promises
        return [a_gone_job_is_noticed if promise is a_gone_job_fails_fast else promise for promise in told]
    gone = any(act.verb in ENDS for act in world.acts)
    return (a_gone_job_is_noticed if gone else the_run_finishes, *ALWAYS)


def _story(world: DrawnWorld, told: Callable[[World], Any] | None) -> Callable[[World], Any]:
    """Return the play: the race's own story, or a job that is started and trained on; and the acts beside it."""

    async def play(stage: World) -> None:
        if told is not None:
            story = asyncio.ensure_future(told(stage))
        else:
            await stage.start_job()
            story = stage.start_training()
        try:
            for act in world.acts:
                if not await still_training(stage, act.after_step, act.delay_s):
                    break
                await perform(stage, act)
            await story_over(stage, story)
        finally:
            _tell_of_caches(stage)

    return play


def _tell_of_caches(stage: World) -> None:
    for replica in stage.replicas:
        if isinstance(replica, CachingReplica) and replica.hidden:
            stage.emit(MissesRemembered(replica.name, replica.hidden))


def play_world(search: Search, world: DrawnWorld) -> RunResult:
    """Play a world and judge it; a promise that was kept counts only if every fault of the world was met."""
    result = run_plan(staged(search, world))
    missing = [f"its run never met {name}" for name in idle_faults(world, result.trace)]
    if world.race is not None:
        kinds = races.load(world.race).must_reach
        missing += [f"it never reached {kind.__name__}" for kind in kinds if not result.trace.reached(kind)]
    if result.verdict != "kept" or not missing:
        return result
    unproved = [Broken("the world was exercised", sentence, 0.0) for sentence in missing]
    return replace(result, verdict="not_exercised", violations=unproved)


def explore_seed(search: Search, seed: int, *, twice: bool = False) -> Explored:
    """Draw a seed's world, play it, `twice` if it is to be seen that it plays alike, and return what came of it.

    A world that crashes has proved nothing, and says so; the other seeds are played nevertheless.
    """
    world = search.world(seed)
    try:
        result = play_world(search, world)
        again = play_world(search, world) if twice else result
    except Exception as error:
        crashed = f"{type(error).__name__}: {error}"
        return Explored(seed, "not_exercised", "crashed", (), tuple(faults_of(world)), (), crashed=crashed)
    same = again.digest == result.digest
    return Explored(
        seed,
        result.verdict,
        result.outcome,
        tuple(result.violations[:4]),
        tuple(faults_of(world)),
        tuple(idle_faults(world, result.trace)),
        result.digest or "",
        result.metrics.requests,
        result.metrics.finished_s,
        tuple(counts(result.trace).items()),
        None if same else first_difference(result.trace.entries, again.trace.entries),
    )


def first_difference(first: Sequence[Entry], second: Sequence[Entry]) -> str:
    """Say where two traces of one seed part: the first event that is not the same."""
    for n, (one, other) in enumerate(zip(first, second, strict=False)):
        if _told(one) != _told(other):
            return f"event {n} was {_told(one)}, and then {_told(other)}"
    at = min(len(first), len(second))
    longer = first if len(first) > at else second
    return f"event {at} was {_told(longer[at]) if at < len(longer) else 'the last'} in one run only"


def _told(entry: Entry) -> str:
    return f"{entry.at_s:.6f} s {entry.source} {entry.event}"
