"""The world in which a gateway is held to the contract: one instance, and a job for each clause."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.scenarios import races
from gateway_sim.scenarios.compare.contract.clause import Clause, Finding, Missed, NotApplicable
from gateway_sim.scenarios.compare.contract.clauses import sections
from gateway_sim.scenarios.compare.contract.pods import RecordingPods
from gateway_sim.scenarios.compare.contract.trial import Trial, Unseen
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.engines.live.gateways.gateway import ProcessGateway
from gateway_sim.scenarios.run.matrix import gateway_words
from gateway_sim.scenarios.run.own_gateway import checked, fixed_places, words_of
from gateway_sim.scenarios.run.pairing import pairing_of
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.engine import Emitter
from gateway_sim.scenarios.world.gateway import OwnGateway, RacedGateway
from gateway_sim.scenarios.world.policies import gateway_policies
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.user import TrainingScript
from gateway_sim.upstream import AiohttpUpstream

AT_ONCE: Final = 16
"""How many clauses are checked at the same time: most of them wait."""
CLAUSE_WITHIN_S: Final = 60.0
USUAL: Final = RunSpec("healthy")
Told = Callable[[Finding], None]


class RecordingEngine(LiveEngine):
    """A live engine whose pods record requests."""

    def launcher(self, settings: Settings, emitter: Emitter) -> RecordingPods:
        """Return the launcher of recording pods."""
        self.recording = RecordingPods(self)
        return self.recording


class InstanceAlone(ProcessGateway):
    """One instance of a user's gateway, between the suite and the pods, without a proxy of ours on either side."""

    address = ""

    def launcher(self, world: World, launcher: PodLauncher) -> PodLauncher:
        """Return the launcher as it is."""
        super().launcher(world, launcher)
        return launcher

    async def begin(self, world: World, endpoints: Sequence[str]) -> Sequence[str]:
        """Start the instance, and keep its address."""
        (self.address,) = addresses = await super().begin(world, endpoints)
        return addresses


class NoUser:
    """The script of a world without training."""

    async def train(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


def check_own(gateway: str, words: Mapping[str, str], told: Told) -> list[Finding]:
    """Hold this project's gateway with a policy to the contract; `words` are the policy's settings.

    Raises `UnknownWord` or `SettingsRefused`.
    """
    policy, words = gateway_words(gateway, words)
    for name in words:
        check(f"setting of {policy}", name, [field.name for field in fields(gateway_policies()[policy])])
    return asyncio.run(check_gateway(OwnGateway(), told, policy, words))


def check_words(program: GatewayProgram) -> None:
    """Raise `SettingsRefused` for words that name no gateway, or two."""
    checked(RunSpec(USUAL.race, engine="live"), program, races.load(USUAL.race))


def check_program(program: GatewayProgram, told: Told) -> list[Finding]:
    """Hold a user's gateway to the contract; it is started, or runs at its URL.

    Raises `SettingsRefused`, and `GatewaySimError` for an instance that does not answer, or ends.
    """
    check_words(program)
    words = words_of(program.command) if program.command else ()
    raced = InstanceAlone(words, program.urls, program.ready)
    return asyncio.run(check_gateway(raced, told, program=program))


async def check_gateway(
    raced: RacedGateway,
    told: Told,
    policy: str = USUAL.gateway,
    words: Mapping[str, str] | None = None,
    program: GatewayProgram | None = None,
) -> list[Finding]:
    """Hold a gateway of a world to every clause; `told` gets each finding when it is there."""
    trace, seeds = Trace(), Seeds(0)
    settings = Settings(replicas=1, start_s=0.0, horizon_s=600.0)
    pairing, settings = pairing_of(USUAL.client, policy, USUAL.sdk, USUAL.balance, words or {}, settings)
    engine = RecordingEngine(trace.emitter, **fixed_places(program))
    findings: dict[str, Finding] = {}
    async with World(engine, seeds, trace, pairing, settings, _no_user, raced) as world:
        world.begin()

        async def story(world: World) -> None:
            findings.update(await _check_all(world, raced, engine.recording, told))

        with _without_its_log():
            await world.play(story)
    return [findings[clause.name] for clauses in sections().values() for clause in clauses]


@contextlib.contextmanager
def _without_its_log() -> Iterator[None]:
    """Keep uvicorn from printing the traceback with which this project's gateway breaks an answer off."""
    log = logging.getLogger("uvicorn.error")

    def is_told(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionAbortedError))

    log.addFilter(is_told)
    try:
        yield
    finally:
        log.removeFilter(is_told)


async def _no_user(world: World) -> TrainingScript:
    return NoUser()


async def _check_all(world: World, raced: RacedGateway, pods: RecordingPods, told: Told) -> dict[str, Finding]:
    """Check all clauses, first those with a route table that can be read strongly."""
    unseen, upstream = Unseen(), AiohttpUpstream(CLAUSE_WITHIN_S, kept_idle_s=0.0)
    world.replicas[0].turn(unseen, asyncio.get_running_loop().time())
    address = raced.address if isinstance(raced, InstanceAlone) else world.gateway_address
    turns = asyncio.Semaphore(AT_ONCE)
    findings: dict[str, Finding] = {}

    async def check_one(section: str, clause: Clause) -> None:
        async with turns:
            trial = Trial(clause.name, world, address, pods, unseen, upstream)
            findings[clause.name] = found = await _finding(section, clause, trial)
        told(found)

    async def check_those(unreadable: bool) -> None:
        async with asyncio.TaskGroup() as group:
            for section, clauses in sections().items():
                for clause in clauses:
                    if clause.unreadable == unreadable:
                        group.create_task(check_one(section, clause))

    try:
        await check_those(unreadable=False)
        readable_again = world.primary.block("index")
        await check_those(unreadable=True)
        readable_again()
    finally:
        await upstream.close()
    return findings


async def _finding(section: str, clause: Clause, trial: Trial) -> Finding:
    try:
        async with asyncio.timeout(CLAUSE_WITHIN_S):
            outcome = await clause.check(trial)
    except TimeoutError:
        outcome = Missed(f"was not done with this after {CLAUSE_WITHIN_S:g} s")
    about = (clause.name, section, clause.sentence, clause.level)
    match outcome:
        case None:
            return Finding(*about, "holds", "", clause.why)
        case NotApplicable(saw):
            return Finding(*about, "not applicable", saw, clause.why)
        case Missed(saw):
            return Finding(*about, "missed", saw, clause.why)
