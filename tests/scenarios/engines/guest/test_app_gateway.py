"""ASGI gateways of another team in virtual time: the same races, the same verdicts, the same digest for a seed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, StrongRead
from gateway_sim.scenarios.engines.live.gateways.instance import GatewayCrashed, GatewayNotReady
from gateway_sim.scenarios.engines.live.gateways.route_reads import RouteTableWritten
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import GatewayEnded, GatewayStarted
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World


@pytest.fixture(autouse=True)
def _beside_the_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where `gateway_apps` is imported from."""
    monkeypatch.chdir(Path(__file__).parent)


def spec_of(app: str, race: str = "fresh-route", **words: Any) -> RunSpec:
    """Return the run of a race behind one of the applications."""
    return RunSpec(race, own_gateway=GatewayProgram(app=f"gateway_apps:{app}"), **words)


def kinds(trace: Trace, *wanted: type[Any]) -> list[str]:
    """Return the kinds of these events, in order, each once in a row."""
    found = [type(entry.event).__name__ for entry in trace.of(*wanted)]
    return [kind for n, kind in enumerate(found) if n == 0 or found[n - 1] != kind]


@pytest.mark.slow
def test_todays_gateway_loses_the_fresh_route_and_the_strong_read_saves_it() -> None:
    """The verdicts of our own `not-found` and `leased-generation`, with the reads and refusals told in our events."""
    today, fixed = run(spec_of("today")), run(spec_of("fixed"))
    ours = run(RunSpec("fresh-route"))
    assert (today.verdict, today.outcome, today.error) == ("broken", ours.outcome, today.error)
    assert [v.promise for v in today.violations] == [v.promise for v in ours.violations]
    told = (RouteMissed, RequestForwarded, RequestRefused, StrongRead)
    assert (
        kinds(today.trace, *told) == kinds(ours.trace, *told) == ["RequestForwarded", "RouteMissed", "RequestRefused"]
    )
    assert (fixed.verdict, fixed.outcome) == ("kept", "completed")
    assert kinds(fixed.trace, *told)[:4] == ["RequestForwarded", "RouteMissed", "StrongRead", "RequestForwarded"]
    assert not fixed.trace.reached(RequestRefused)
    missed = next(fixed.trace.of(RouteMissed)).event
    assert (missed.replica, missed.leg, missed.path) == ("gw-1", "connect", "api/v1/create_session")


@pytest.mark.slow
def test_a_seed_has_one_digest() -> None:
    """Threads, boto3 and httpx of three instances included; another seed has another one."""
    first, again, other = (run(spec_of("fixed", "mid-training-flap", seed=seed)) for seed in (3, 3, 4))
    assert first.digest == again.digest != other.digest


@pytest.mark.slow
def test_a_gateway_that_polls_the_table_misses_without_a_read_on_the_request() -> None:
    """Its own copy of the routes is half a second older than its replica; refusals are judged by what callers saw."""
    result = run(spec_of("polled"))
    assert result.trace.reached(RouteMissed)
    refused = [entry.event for entry in result.trace.of(RequestRefused)]
    assert {(event.status, event.slug) for event in refused} == {(503, "no-route")}
    assert result.outcome == "completed"


def test_instances_that_are_killed_or_restarted_by_a_story_are_no_defect() -> None:
    """The front tries the next instance meanwhile; a fresh process has the same address."""
    plan = race_plan(spec_of("fixed", "healthy"))
    trace = Trace()

    async def play(world: World) -> None:
        await world.start_job()
        run = world.start_training()
        await world.instances[1].kill()
        await world.instances[0].stop()
        await world.instances[0].start()
        await run

    clock.run(race_plan(plan.spec, race=replace(plan.race, play=play)).play(trace))
    ended = [entry.event.replica for entry in trace.of(GatewayEnded)]
    assert ended[:2] == ["gw-1", "gw-0"]
    started = [entry.event for entry in trace.of(GatewayStarted) if entry.event.replica == "gw-0"]
    assert len(started) == 2
    assert started[0] == started[1]
    assert plan.judge(trace, 0.0).outcome == "completed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("app", "error", "words"),
    [
        ("writes", RouteTableWritten, "gateway instance gw-0 sent PutItem to the route table routes"),
        ("crashes", GatewayCrashed, "gateway instance gw-0 ended by itself: exit status 7"),
        ("starts_a_process", GatewayCrashed, r"cannot have a process of its own.*play it with --engine live"),
        ("does_not_start", GatewayNotReady, "startup failed: the configuration names no table"),
        ("no_application", GatewayNotReady, "is no ASGI application: it is a str"),
        ("not_there", GatewayNotReady, "module 'gateway_apps' has no attribute 'not_there'"),
    ],
)
def test_an_application_that_is_no_gateway_ends_the_run_in_one_sentence(app: str, error: Any, words: str) -> None:
    """It names the instance, and what to do where the user can do something."""
    with pytest.raises(error, match=words):
        run(spec_of(app))


def test_an_application_with_a_defect_answers_500_as_servers_do() -> None:
    """Its traceback is in the instance's output."""
    result = run(spec_of("has_a_defect", settings={"horizon_s": "20"}))
    assert {entry.event.status for entry in result.trace.of(RequestRefused)} == {500}
    assert "ZeroDivisionError" in "".join(result.trace.outputs["gw-0"])


@pytest.mark.parametrize(
    ("app", "words"),
    [("gateway_apps", "write module:name"), ("no_such_module:app", "there is no module no_such_module in")],
)
def test_a_module_that_is_not_there_is_refused_before_anything_runs(app: str, words: str) -> None:
    """So is a word that names none."""
    with pytest.raises(SettingsRefused, match=words):
        race_plan(RunSpec("healthy", own_gateway=GatewayProgram(app=app)))
