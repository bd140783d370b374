"""Live races while twenty processes want the machine: the same verdicts, because what must happen is waited for."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator

import pytest

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.run.matrix import in_full
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_live
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import RunStarted
from gateway_sim.scenarios.sim.trace import Trace

BUSY, AT_MOST_S = 20, 60.0

pytestmark = pytest.mark.slow


def compute(until_s: float) -> None:
    """Use a core, and end by itself."""
    while time.time() < until_s:
        pass


@pytest.fixture
def load() -> Iterator[Callable[[], None]]:
    """Give a function that makes the machine busy, for at most a minute and no longer than the test."""
    spawning = multiprocessing.get_context("spawn")
    started: list[multiprocessing.process.BaseProcess] = []
    gate = spawning.Event()

    def begin() -> None:
        gate.set()

    for _ in range(BUSY):
        process = spawning.Process(target=_wait_and_compute, args=(gate,), daemon=True)
        process.start()
        started.append(process)
    yield begin
    for process in started:
        process.kill()
        process.join()


def _wait_and_compute(gate: "multiprocessing.synchronize.Event") -> None:
    if gate.wait(AT_MOST_S):
        compute(time.time() + AT_MOST_S)


def played(spec: RunSpec, load: Callable[[], None]) -> RaceResult:
    """Play a spec live; the machine is busy from the moment at which the user's script begins."""
    trace = Trace()
    trace.watch(lambda event: load() if isinstance(event, RunStarted) else None)
    return asyncio.run(run_live(race_plan(in_full(spec)), trace))


@pytest.mark.parametrize(
    ("client", "gateway", "verdict"),
    [
        ("plain", "not-found", "broken"),
        ("warmup-verified", "not-found", "broken"),
        ("plain", "leased-generation", "kept"),
        ("exactly-once", "not-found", "kept"),
    ],
)
def test_a_short_lag_is_met_by_a_slow_client(client: str, gateway: str, verdict: str, load: Callable[[], None]) -> None:
    """A lag of two seconds, which is over before a client on such a machine asks, unless it waits for the client."""
    settings = {"lag_s": "2", "steps": "1"}
    result = played(RunSpec("fresh-route", client, gateway, engine="live", settings=settings), load)
    assert result.trace.reached(RouteMissed), result.violations
    assert result.verdict == verdict, result.violations
