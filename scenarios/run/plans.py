"""The plan of a race and the plan of a story: how each is played and judged, behind one protocol."""

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from gateway_sim.scenarios.judge.measure import metrics, outcome
from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
from gateway_sim.scenarios.judge.verdict import held_to
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.parts import put_into
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS, Make, SandboxSettings
from gateway_sim.scenarios.races import Expected, Race, incidents
from gateway_sim.scenarios.run.matrix import in_full, is_measured, is_ours
from gateway_sim.scenarios.run.own_gateway import checked, fixed_places, raced_gateway
from gateway_sim.scenarios.run.pairing import pairing_of
from gateway_sim.scenarios.run.result import RaceResult, RunError, RunResult, StoryResult
from gateway_sim.scenarios.run.spec import Program, RunSpec
from gateway_sim.scenarios.run.too_slow import with_remedy
from gateway_sim.scenarios.run.users import user_of
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.sim.plugins import OURS
from gateway_sim.scenarios.sim.renamed import current
from gateway_sim.scenarios.sim.sampling_events import SequencesExpected
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.engine import Engine
from gateway_sim.scenarios.world.lag_from_client import let_lags_wait_from_the_start
from gateway_sim.scenarios.world.pods import check_device
from gateway_sim.scenarios.world.policies import DRIVERS, ENGINES
from gateway_sim.scenarios.world.setting_words import apply_settings
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import parts_of, undisturbed, undisturbed_sequences
from gateway_sim.scenarios.world.user import TrainingScript

OWN_CLIENT: Final = "--script brings its own client; leave --client, --sdk and --driver out"
R_co = TypeVar("R_co", bound=RunResult, covariant=True)


@dataclass(frozen=True)
class Plan(ABC, Generic[R_co]):
    """A spec with every word resolved, which plays into a trace and judges it."""

    spec: RunSpec
    race: Race | Scenario

    @property
    def promises(self) -> Sequence[Promise]:
        """What must hold in the trace."""
        return self.race.promises

    @property
    def must_reach(self) -> Sequence[type[Any]]:
        """The events without which the run did not take place."""
        return self.race.must_reach

    @property
    def title(self) -> str:
        """What is run, for a line on a screen."""
        return self.spec.race

    @property
    @abstractmethod
    def expected(self) -> Expected | None:
        """The expected verdict; None for settings with which no run was measured."""

    @abstractmethod
    async def play(self, trace: Trace) -> None:
        """Build what the run needs, play it to its end, and take it down."""

    @abstractmethod
    def judge(self, trace: Trace, wall_s: float) -> R_co:
        """Return the result of a run from its trace and its `wall_s` real seconds."""


@dataclass(frozen=True)
class RacePlan(Plan[RaceResult]):
    """The plan of a race; `user_of` replaces the spec's user, `dynamodb_endpoint` serves the live route table."""

    race: Race
    pairing: Pairing
    settings: Settings
    own_batches: bool = True
    """Whether the user trains the batches of the undisturbed run, whose weights are known."""
    user_of: Callable[[World], Awaitable[TrainingScript]] | None = None
    dynamodb_endpoint: str | None = None

    @property
    def promises(self) -> Sequence[Promise]:
        """What must hold; of other batches the weights are not known."""
        unknown = () if self.own_batches else (the_weights_equal_the_undisturbed_runs,)
        return [promise for promise in self.race.promises if promise not in unknown]

    @property
    def title(self) -> str:
        """The race and the policies."""
        if self.spec.program is not None:
            return f"{self.spec.race}: {self.spec.program.script}, gateway {self.spec.gateway}"
        return f"{self.spec.race}: client {self.spec.client}, gateway {self.spec.gateway}"

    @property
    def expected(self) -> Expected | None:
        """What the race expects of this pairing; None with a changed setting, and of a user's own program or gateway.

        A race of this project expects nothing of a user's policy, which may state it: `expected(race, pairing)`.
        """
        own = self.spec.program is not None or self.spec.own_gateway is not None
        theirs = self.race.source != OURS
        if own or self.settings != self.race.settings or not (theirs or is_measured(self.pairing)):
            return None
        if theirs or is_ours(self.spec.client, self.spec.gateway):
            return self.race.expected(self.pairing)
        stated = (getattr(policy, "expected", None) for policy in (self.pairing.gateway, self.pairing.client))
        return next((expected(self.race.name, self.pairing) for expected in stated if expected), None)

    async def play(self, trace: Trace) -> None:
        """Build the world, play the race in it until its end or its horizon, and take the world down."""
        spec, settings, seeds = self.spec, self.settings, Seeds(self.spec.seed)
        engine = self._engine(seeds, trace)
        # torch trains here; a live loop serves meanwhile
        weights = await engine.blocking(lambda: undisturbed(settings, engine.device(settings)))
        make_user, raced = self.user_of or user_of(spec), raced_gateway(spec.own_gateway, spec.engine)
        async with World(engine, seeds, trace, self.pairing, settings, make_user, raced) as world:
            world.begin()
            world.emit(
                events.WorldBuilt(
                    spec.race, spec.client, spec.gateway, self.pairing.sdk.name, spec.balance, spec.engine,
                    settings.steps, weights, len(parts_of(settings, 1)),
                )
            )  # fmt: skip
            if settings.samples:
                draw = partial(undisturbed_sequences, settings, engine.device(settings))
                world.emit(SequencesExpected(await engine.blocking(draw)))
            if spec.engine == "live" and self.user_of is None:
                let_lags_wait_from_the_start(world.replicas, trace)
            await world.play(self.race.play)

    def judge(self, trace: Trace, wall_s: float) -> RaceResult:
        """Judge the trace by the race's promises."""
        verdict, violations = held_to(self.promises, self.must_reach, trace)
        if self.spec.engine == "live":
            violations = with_remedy(violations, trace, self.settings)
        failed = next((e.event for e in trace.of(events.RunFailed)), None)
        measured = metrics(trace, wall_s)
        return RaceResult(
            **vars(self.spec),
            outcome=outcome(trace),
            error=failed and RunError(failed.type, failed.status, failed.leg, failed.message),
            verdict=verdict,
            expected=self.expected,
            violations=violations,
            metrics=replace(measured, steps_intended=measured.steps_intended * self.settings.clients),
            digest=trace.digest() if self.spec.engine == "virtual" else None,
            replay=self.spec.replay,
            trace=trace,
        )

    def _engine(self, seeds: Seeds, trace: Trace) -> Engine:
        if self.spec.engine == "virtual":
            from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine

            return VirtualEngine(seeds, trace.emitter)
        from gateway_sim.scenarios.engines.live.engine import LiveEngine

        return LiveEngine(trace.emitter, self.dynamodb_endpoint, **fixed_places(self.spec.own_gateway))


@dataclass(frozen=True)
class StoryPlan(Plan[StoryResult]):
    """The plan of a story of orchestration, which is played in virtual time on a sandbox without a gateway."""

    race: Scenario
    settings: SandboxSettings
    parts: Mapping[str, Make] = field(default_factory=dict)

    @property
    def expected(self) -> Expected | None:
        """What the story expects of this variant; None with a user's part, or other settings than `verify` plays."""
        return None if self.parts else self.race.expected(self.settings)

    async def play(self, trace: Trace) -> None:
        """Build the sandbox, play the story on it to its end, and take it down."""
        # imports torch and moto, which a command that only lists runs does not need
        from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

        loop = asyncio.get_running_loop()
        began_s = loop.time()
        trace.clock(lambda: loop.time() - began_s)
        sandbox: Sandbox[Any] = Sandbox(Seeds(self.spec.seed), trace, self.settings, self.parts)
        async with sandbox:
            await sandbox.play(self.race.play)

    def judge(self, trace: Trace, wall_s: float) -> StoryResult:
        """Judge the trace by the story's promises, and count the damage."""
        verdict, violations = held_to(self.promises, self.must_reach, trace)
        ended_s = round(trace.entries[-1].at_s if trace.entries else 0.0, 6)
        return StoryResult(
            race=self.spec.race,
            engine=self.spec.engine,
            seed=self.spec.seed,
            settings=self.spec.settings,
            parts=self.spec.parts,
            outcome="hung" if trace.reached(events.StoryHung) else "completed",
            error=None,
            verdict=verdict,
            expected=self.expected,
            violations=violations,
            metrics=replace(metrics(trace, wall_s), finished_s=ended_s),
            digest=trace.digest(),
            replay=self.spec.replay_of_story,
            trace=trace,
            damage=self.race.damage(trace, self.settings),
        )


def resolve(spec: RunSpec, dynamodb_endpoint: str | None = None) -> RacePlan | StoryPlan:
    """Return the plan of a spec. Raises `UnknownWord` or `SettingsRefused`, before anything runs."""
    name = check("race or scenario", spec.race, [*incidents.names(spec.race), *stories.names()])
    return story_plan(spec) if name in stories.names() else race_plan(spec, dynamodb_endpoint)


def race_plan(spec: RunSpec, dynamodb_endpoint: str | None = None, race: Race | None = None) -> RacePlan:
    """Return the plan of a race: of the spec's name, or this one. Raises `UnknownWord` or `SettingsRefused`."""
    if race is None:
        spec = _current(spec, check("race", spec.race, incidents.names(spec.race)))
        race = incidents.load(spec.race)
    if spec.own_gateway is not None:
        spec = checked(spec, spec.own_gateway, race)
    if spec.parts:
        raise SettingsRefused(f"{spec.race} is a race; --part is for stories of orchestration (docs/parts.md)")
    pairing, settings = pairing_of(spec.client, spec.gateway, spec.sdk, spec.balance, spec.settings, race.settings)
    if settings.samples and pairing.sdk.sampling is None:
        raise SettingsRefused(f"users of {spec.sdk} sample from a deployment, not through the gateway; name another")
    check("engine", spec.engine, ENGINES)
    check("driver", spec.driver, DRIVERS)
    check_device(settings)
    if spec.program is not None:
        check_program(spec, spec.program)
    elif spec.driver == "sdk":
        from gateway_sim.scenarios.engines.live.drivers import check_sdk

        check_sdk(spec.sdk, spec.client, spec.race, settings)
    own_batches = spec.program is None
    spec = in_full(spec)
    spec = replace(spec, gateway=spec.own_gateway.name) if spec.own_gateway else spec
    return RacePlan(spec, race, pairing, settings, own_batches, dynamodb_endpoint=dynamodb_endpoint)


def check_program(spec: RunSpec, program: Program) -> None:
    """Raise `SettingsRefused` for a script that is no file, an interpreter that is not there, or another client."""
    usual = RunSpec(spec.race)
    if (spec.client, spec.sdk, spec.driver) != (usual.client, usual.sdk, usual.driver):
        raise SettingsRefused(OWN_CLIENT)
    if not Path(program.script).is_file():
        raise SettingsRefused(f"--script {program.script}: there is no such file")
    if program.python is not None and shutil.which(program.python) is None:
        raise SettingsRefused(f"--python {program.python}: there is no such interpreter")


def story_plan(spec: RunSpec) -> StoryPlan:
    """Return the plan of a story.

    Raises `UnknownWord`, `SettingsRefused`, also for a race's option, and `PartRefused`.
    """
    spec = _current(spec, check("scenario", spec.race, stories.names()))
    scenario = stories.load(spec.race)
    if spec.program is not None:
        raise SettingsRefused(f"{spec.race} has no gateway in it, so --script {spec.program.script} means nothing")
    if spec.own_gateway is not None:
        raise SettingsRefused(f"{spec.race} has no gateway in it, so {spec.own_gateway.words[0]} means nothing")
    for option in ("client", "gateway", "sdk", "balance", "engine", "driver"):
        if (word := getattr(spec, option)) != getattr(RunSpec(spec.race), option):
            raise SettingsRefused(f"{spec.race} has no gateway in it, so --{option} {word} means nothing")
    if missing := scenario.missing():
        raise SettingsRefused(f"{spec.race} needs {missing[0]}; run: pip install 'gateway-sim[orchestration]'")
    (settings,) = apply_settings(spec.settings, scenario.settings)
    makes = put_into(spec.race, scenario.parts, spec.parts)
    return StoryPlan(replace(spec, settings={"variant": settings.variant, **spec.settings}), scenario, settings, makes)


def variants(spec: RunSpec) -> list[StoryPlan]:
    """Return the plan of each variant of a story. Raises `SettingsRefused`."""
    return [story_plan(replace(spec, settings={**spec.settings, "variant": variant})) for variant in VARIANTS]


def _current(spec: RunSpec, name: str) -> RunSpec:
    """Return the spec of this race or story, with the new names of its settings."""
    return replace(spec, race=name, settings={current("setting", word): value for word, value in spec.settings.items()})
