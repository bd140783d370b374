"""Running a spec or a plan: the result holds the verdict, its reasons and the command that replays it."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from gateway_sim.scenarios.orchestration.parts import named
from gateway_sim.scenarios.run.plans import Plan, resolve, variants
from gateway_sim.scenarios.run.result import RunResult, StoryResult
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.trace import Trace

R = TypeVar("R", bound=RunResult)


def run(spec: RunSpec) -> RunResult:
    """Run a spec on its engine and judge it. Raises `UnknownWord` or `SettingsRefused` before anything runs."""
    return run_plan(resolve(spec))


def run_plan(plan: Plan[R], trace: Trace | None = None) -> R:
    """Play a plan on its engine and judge it; a caller may read its `trace` where the world raises an error."""
    trace = Trace() if trace is None else trace
    began = time.perf_counter()
    begin = clock.run if plan.spec.engine == "virtual" else asyncio.run
    with named(plan.spec.race, plan.spec.parts):
        begin(plan.play(trace))
    return plan.judge(trace, time.perf_counter() - began)


def run_plans(plans: Iterable[Plan[R]]) -> Iterator[R]:
    """Play plans one after the other and yield each result; they share one moto, which is cheaper than one each."""
    plans = list(plans)
    with contextlib.ExitStack() as kept:
        if any(plan.spec.engine == "virtual" for plan in plans):
            from gateway_sim.scenarios.sim.moto import MOTO

            kept.enter_context(MOTO.held())
        yield from map(run_plan, plans)


def variants_of(spec: RunSpec) -> list[StoryResult]:
    """Play a story in each variant, with the spec's seed and its other settings."""
    return [run_plan(plan) for plan in variants(spec)]


async def run_live(plan: Plan[R], trace: Trace | None = None) -> R:
    """Play a live plan in the running loop and judge it; a caller may read its `trace` meanwhile."""
    trace = Trace() if trace is None else trace
    began = time.perf_counter()
    await plan.play(trace)
    return plan.judge(trace, time.perf_counter() - began)
