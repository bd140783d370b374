"""One run of a scenario of orchestration: understood, played on its sandbox, and judged in the words of a race."""

from __future__ import annotations

import asyncio
import importlib.util
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scenarios.judge.measure import metrics
from scenarios.judge.verdict import held_to
from scenarios.orchestration import stories
from scenarios.orchestration.stories import Scenario
from scenarios.orchestration.workloads.settings import VARIANTS, SandboxSettings
from scenarios.races import Expected
from scenarios.run.result import RunResult
from scenarios.run.spec import RunSpec
from scenarios.sim import clock
from scenarios.sim.errors import SettingsRefused, check
from scenarios.sim.seeds import Seeds
from scenarios.sim.trace import Trace
from scenarios.world.setting_words import apply_settings

NO_GATEWAY = "-"
"""Stands in a run's document where a race names its client, gateway, SDK and balance: a scenario has none."""


@dataclass(frozen=True)
class ScenarioPlan:
    """A spec of a scenario whose every word has been understood."""

    spec: RunSpec
    scenario: Scenario
    settings: SandboxSettings

    @property
    def expected(self) -> Expected | None:
        """Return what the variant must come to."""
        return self.scenario.expected(self.settings)

    @property
    def replay(self) -> str:
        """Return the command that runs this again."""
        line = ["gateway-sim", "run", self.spec.race]
        for name, value in self.spec.settings.items():
            line += ["--set", f"{name}={value}"]
        return shlex.join([*line, "--seed", str(self.spec.seed)])


def plan_scenario(spec: RunSpec) -> ScenarioPlan:
    """Understand a scenario's spec. Raises `UnknownWord` or `SettingsRefused`, before anything runs."""
    scenario = stories.load(check("scenario", spec.race, stories.names()))
    plain = RunSpec(spec.race, seed=spec.seed, settings=spec.settings)
    if spec != plain:
        given = next(n for n in ("client", "gateway", "sdk", "balance", "engine", "driver")
                     if getattr(spec, n) != getattr(plain, n))  # fmt: skip
        raise SettingsRefused(f"{spec.race} has no gateway in it, so --{given} {getattr(spec, given)} means nothing")
    lacking = missing(scenario)
    if lacking:
        raise SettingsRefused(f"{spec.race} needs {lacking[0]}; run: pip install 'gateway-sim[orchestration]'")
    (settings,) = apply_settings(spec.settings, scenario.settings)
    return ScenarioPlan(spec, scenario, settings)


def missing(scenario: Scenario) -> list[str]:
    """Return the libraries that the scenario needs and that are not installed."""
    return [name for name in scenario.needs if importlib.util.find_spec(name) is None]


def specs(seeds: int, *, full: bool = False) -> list[RunSpec]:
    """Return the runs of a verification: every scenario whose libraries are here, in each variant, seed by seed.

    If `full`, also the half-fixed variant without each thing that it can lack, and all variants at full size.
    """
    playable = [story for story in map(stories.load, stories.names()) if not missing(story)]
    return [
        RunSpec(story.name, seed=seed, settings=words)
        for story in playable
        for words in _settings(story, full)
        for seed in range(seeds)
    ]


def _settings(story: Scenario, full: bool) -> Iterator[dict[str, str]]:
    """Yield the settings that a verification plays a scenario with."""
    yield from ({"variant": variant} for variant in VARIANTS)
    if full:
        yield from ({"variant": "half-fixed", "omits": lack} for lack in story.omits)
    if full and story.full:
        yield from ({"variant": variant, **story.full} for variant in VARIANTS)


def plan_variants(spec: RunSpec) -> list[ScenarioPlan]:
    """Understand a spec of a scenario in each variant. Raises `SettingsRefused`, before anything runs."""
    return [plan_scenario(replace(spec, settings={**spec.settings, "variant": variant})) for variant in VARIANTS]


def variants_of(spec: RunSpec) -> list[RunResult]:
    """Play a spec of a scenario in each variant, with its seed and its other settings, traces and all."""
    return [run_scenario(planned) for planned in plan_variants(spec)]


async def play(planned: ScenarioPlan, trace: Trace) -> None:
    """Build the sandbox, play the scenario on it to its end, and take it down."""
    from scenarios.orchestration.workloads.sandbox import (
        Sandbox,  # torch and moto, which whoever only lists runs can do without
    )

    loop = asyncio.get_running_loop()
    began_s = loop.time()
    trace.clock(lambda: loop.time() - began_s)
    sandbox: Sandbox[Any] = Sandbox(Seeds(planned.spec.seed), trace, planned.settings)
    async with sandbox:
        await planned.scenario.play(sandbox)


def run_scenario(planned: ScenarioPlan) -> RunResult:
    """Play an understood scenario in virtual time and judge it."""
    began, trace, scenario = time.perf_counter(), Trace(), planned.scenario
    clock.run(play(planned, trace))
    verdict, violations = held_to(scenario.promises, scenario.must_reach, trace)
    wall_s = time.perf_counter() - began
    return RunResult(
        race=scenario.name,
        client=NO_GATEWAY,
        gateway=NO_GATEWAY,
        sdk=NO_GATEWAY,
        balance=NO_GATEWAY,
        engine="virtual",
        driver=NO_GATEWAY,
        seed=planned.spec.seed,
        settings={"variant": planned.settings.variant, **planned.spec.settings},
        outcome="completed",
        error=None,
        verdict=verdict,
        expected=planned.expected,
        violations=violations,
        metrics=replace(metrics(trace, wall_s), finished_s=round(trace.entries[-1].at_s if trace.entries else 0.0, 6)),
        digest=trace.digest(),
        replay=planned.replay,
        trace=trace,
        damage=scenario.damage(trace, planned.settings),
    )
