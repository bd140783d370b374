"""One run: a race, a pairing and a seed in; a verdict, its reasons and the line that replays it out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.sdk.profiles import PROFILES
from scenarios.judge.measure import metrics, outcome
from scenarios.judge.verdict import held_to
from scenarios.orchestration import stories
from scenarios.races import Expected, Race, incidents
from scenarios.run.result import RunError, RunResult
from scenarios.run.spec import RunSpec
from scenarios.sim import events
from scenarios.sim.errors import check
from scenarios.sim.seeds import Seeds
from scenarios.sim.trace import Trace
from scenarios.world.builder import Pairing, World
from scenarios.world.engine import Engine
from scenarios.world.pods import check_device
from scenarios.world.policies import BALANCES, DRIVERS, ENGINES, client_policies, gateway_policies
from scenarios.world.setting_words import apply_settings
from scenarios.world.settings import Settings
from scenarios.world.user import TrainingScript, own_user, parts_of, undisturbed

if TYPE_CHECKING:
    from scenarios.run.story_runner import ScenarioPlan


@dataclass(frozen=True)
class Plan:
    """A spec whose every word has been understood; `user_of` makes a user in the place of the spec's."""

    spec: RunSpec
    race: Race
    pairing: Pairing
    settings: Settings
    user_of: Callable[[World], Awaitable[TrainingScript]] | None = None

    @property
    def expected(self) -> Expected | None:
        """Return the race's expectation; None when the world was changed, for then nobody has measured it."""
        return self.race.expected(self.pairing) if self.settings == self.race.settings else None


def plan(spec: RunSpec) -> Plan:
    """Understand a spec. Raises `UnknownWord` or `SettingsRefused`, before anything runs."""
    race = incidents.load(check("race", spec.race, incidents.names(spec.race)))
    clients, gateways = client_policies(), gateway_policies()
    client = clients[check("client policy", spec.client, clients)]()
    gateway = gateways[check("gateway policy", spec.gateway, gateways)]()
    sdk = PROFILES[check("SDK profile", spec.sdk, PROFILES)]
    check("balance", spec.balance, BALANCES)
    check("engine", spec.engine, ENGINES)
    check("driver", spec.driver, DRIVERS)
    settings, gateway, client = apply_settings(spec.settings, race.settings, gateway, client)
    check_device(settings)
    if spec.driver == "sdk":
        from scenarios.engines.live.drivers import check_sdk

        check_sdk(spec.sdk, spec.client, spec.engine, spec.race, settings)
    return Plan(spec, race, Pairing(client, gateway, sdk, spec.balance), settings)


def _user_of(spec: RunSpec) -> Callable[[World], Awaitable[TrainingScript]]:
    """Return what makes the world's user."""
    if spec.driver == "client":
        return own_user
    from scenarios.engines.live.sdks.environments import SDKS
    from scenarios.engines.live.sdks.user import sdk_user

    return sdk_user(SDKS[spec.sdk])


def resolve(spec: RunSpec) -> Plan | ScenarioPlan:
    """Understand a spec of a race or of a scenario of orchestration. Raises `UnknownWord` or `SettingsRefused`."""
    check("race or scenario", spec.race, [*incidents.names(spec.race), *stories.names()])
    if spec.race not in stories.names():
        return plan(spec)
    from scenarios.run.story_runner import plan_scenario

    return plan_scenario(spec)


def run(spec: RunSpec, *, dynamodb_endpoint: str | None = None) -> RunResult:
    """Run a spec on its engine and judge it. Raises `UnknownWord` or `SettingsRefused` for words that are off."""
    return run_plan(resolve(spec), dynamodb_endpoint=dynamodb_endpoint)


def run_plans(plans: Sequence[Plan | ScenarioPlan], *, dynamodb_endpoint: str | None = None) -> Iterator[RunResult]:
    """Play understood specs one after the other and judge each; cheaper than `run_plan` for each on its own."""
    with contextlib.ExitStack() as kept:
        if any(planned.spec.engine == "virtual" for planned in plans):
            from scenarios.sim.moto import MOTO

            kept.enter_context(MOTO.held())
        for planned in plans:
            yield run_plan(planned, dynamodb_endpoint=dynamodb_endpoint)


def run_plan(planned: Plan | ScenarioPlan, *, dynamodb_endpoint: str | None = None) -> RunResult:
    """Play an understood spec and judge it."""
    if not isinstance(planned, Plan):
        from scenarios.run.story_runner import run_scenario

        return run_scenario(planned)
    began = time.perf_counter()
    trace, seeds = Trace(), Seeds(planned.spec.seed)
    if planned.spec.engine == "virtual":
        from scenarios.engines.virtual.engine import VirtualEngine
        from scenarios.sim import clock

        clock.run(play(planned, VirtualEngine(seeds, trace.emitter), seeds, trace))
    else:
        from scenarios.engines.live.engine import LiveEngine

        asyncio.run(play(planned, LiveEngine(trace.emitter, dynamodb_endpoint), seeds, trace))
    return judge(planned, trace, time.perf_counter() - began)


async def run_live(planned: Plan, trace: Trace | None = None) -> RunResult:
    """Play an understood live spec in the loop that runs already, beside others, and judge it.

    Whoever wants to watch it brings the `trace` that it is to be written in.
    """
    from scenarios.engines.live.engine import LiveEngine

    trace = Trace() if trace is None else trace
    began, seeds = time.perf_counter(), Seeds(planned.spec.seed)
    await play(planned, LiveEngine(trace.emitter), seeds, trace)
    return judge(planned, trace, time.perf_counter() - began)


async def play(planned: Plan, engine: Engine, seeds: Seeds, trace: Trace) -> None:
    """Build the world, play the race in it until its end or its horizon, and take the world down."""
    loop = asyncio.get_running_loop()
    spec, settings = planned.spec, planned.settings
    # trained by torch, once: a live loop goes on serving meanwhile
    wanted = await engine.blocking(lambda: undisturbed(settings, engine.device(settings)))
    async with World(engine, seeds, trace, planned.pairing, settings, planned.user_of or _user_of(spec)) as world:
        # live, torch and an SDK were loaded until now: seconds that are no part of the race
        world.began_s = began_s = loop.time()
        trace.clock(lambda: loop.time() - began_s)
        world.emit(
            events.WorldBuilt(
                spec.race, spec.client, spec.gateway, spec.sdk, spec.balance, spec.engine, settings.steps,
                wanted, len(parts_of(settings, 1)),
            )
        )  # fmt: skip
        try:
            async with asyncio.timeout(settings.horizon_s) as patience:
                world.give_up = lambda: patience.reschedule(loop.time())
                await planned.race.play(world)
        except TimeoutError:
            world.emit(events.RunHung(round(loop.time() - world.began_s, 6), world.requests))


def judge(planned: Plan, trace: Trace, wall_s: float) -> RunResult:
    """Hold a trace to its race's promises."""
    spec, race = planned.spec, planned.race
    verdict, violations = held_to(race.promises, race.must_reach, trace)
    failed = next((e.event for e in trace.of(events.RunFailed)), None)
    return RunResult(
        race=spec.race,
        client=spec.client,
        gateway=spec.gateway,
        sdk=spec.sdk,
        balance=spec.balance,
        engine=spec.engine,
        driver=spec.driver,
        seed=spec.seed,
        settings=dict(spec.settings),
        outcome=outcome(trace),
        error=failed and RunError(failed.type, failed.status, failed.leg, failed.message),
        verdict=verdict,
        expected=planned.expected,
        violations=violations,
        metrics=metrics(trace, wall_s),
        digest=trace.digest() if spec.engine == "virtual" else None,
        replay=spec.replay,
        trace=trace,
    )
