"""What a world's own user does, by its settings, seen in the trace of a short virtual run."""

import asyncio
import dataclasses
import random
from types import SimpleNamespace
from typing import Any

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.client.exactly_once.calls import FRESH
from gateway_sim.client.retry_policies.plain import Plain
from gateway_sim.client.sdk.profiles import TINKER_0_15
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import (
    MemberAcknowledged,
    RunFailed,
    RunFinished,
    RunStarted,
    StepAcknowledged,
    UserThought,
)
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import API_KEY, NEIGHBOUR
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.own_user import client_of, earlier_user, one_user, own_user
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.user import User
from gateway_sim.trainer_pod.events import GradientsAccumulated, StateSaved, StepApplied
from tests import clock


def played(race: str = "healthy", **settings: str) -> RunResult:
    """Play a race with these settings."""
    return run(RunSpec(race, settings=settings))


def of_user(result: RunResult, *kinds: type) -> list[object]:
    """Return the events of the user of these kinds."""
    return [entry.event for entry in result.trace.reported_by("user").of(*kinds)]


def test_a_run_begins_trains_each_step_and_ends() -> None:
    """Each step is acknowledged with the names of its model."""
    result = played(steps="2")
    assert of_user(result, object) == [
        RunStarted(2), StepAcknowledged(1, "acme", "job-1", "session-1-1:train:0"),
        StepAcknowledged(2, "acme", "job-1", "session-1-1:train:0"), RunFinished(2),
    ]  # fmt: skip
    assert (result.outcome, result.violations) == ("completed", [])


def test_an_error_ends_the_run_and_is_reported_with_its_leg() -> None:
    """No end is reported beside it."""
    result = played("fresh-route")
    (failed,) = of_user(result, RunFailed, RunFinished)
    assert isinstance(failed, RunFailed)
    assert (failed.type, failed.status, failed.leg) == ("NotFoundError", 404, "connect")


def test_the_user_thinks_before_each_step() -> None:
    """The steps are as far apart as the thought is long, at least."""
    result = played(steps="3", think_s="10")
    assert of_user(result, UserThought) == [UserThought(10.0)] * 3
    at_s = [entry.at_s for entry in result.trace.of(StepAcknowledged)]
    assert all(after - before >= 10.0 for before, after in zip([0.0, *at_s], at_s, strict=False))


@pytest.mark.parametrize(
    ("settings", "parts"),
    [({}, [4]), ({"microbatches": "2"}, [2, 2]), ({"chunk_len": "3"}, [3, 1]),
     ({"microbatches": "2", "chunk_len": "1"}, [1, 1, 1, 1])],
)  # fmt: skip
def test_a_batch_reaches_the_pod_in_its_parts(settings: dict[str, str], parts: list[int]) -> None:
    """And the weights are those of the undisturbed run with the same parts."""
    result = played(steps="2", **settings)
    assert len(list(result.trace.of(GradientsAccumulated))) == 2 * len(parts)
    assert [entry.event.accumulated for entry in result.trace.of(StepApplied)] == [len(parts)] * 2
    assert (result.outcome, result.violations) == ("completed", [])


@pytest.mark.parametrize(("microbatches", "waits"), [("1", True), ("2", False), ("4", False)])
def test_only_a_batch_in_one_part_waits_before_its_optimizer_step(microbatches: str, waits: bool) -> None:
    """All calls of several parts are sent before the first of them has a result."""
    result = played(steps="1", microbatches=microbatches)
    gradients_s = next(result.trace.of(GradientsAccumulated)).at_s
    (asked_s,) = (e.at_s for e in result.trace.of(CallSent) if e.event.path.endswith("optim_step"))
    assert (asked_s > gradients_s) == waits


@pytest.mark.parametrize(("every", "saves"), [("0", 0), ("1", 4), ("2", 2), ("3", 1)])
def test_the_user_saves_after_so_many_steps(every: str, saves: int) -> None:
    """Each under the name of its step."""
    result = played(steps="4", save_every=every)
    saved = [entry.event for entry in result.trace.of(StateSaved)]
    assert [event.path.rpartition("/")[2] for event in saved] == [f"step-{int(every) * n}" for n in range(1, saves + 1)]


def test_the_user_draws_sequences_before_each_step_in_their_order() -> None:
    """Those of the undisturbed run."""
    result = played(steps="2", samples="2")
    drawn = of_user(result, SequenceReceived)
    assert [(one.step, one.number) for one in drawn] == [(1, 0), (1, 1), (2, 0), (2, 1)]  # type: ignore[attr-defined]
    assert result.outcome == "completed"


def test_clients_of_one_job_train_models_of_their_own() -> None:
    """Each has its session; they begin at random moments within the phase."""
    result = played(clients="3", steps="1", phase_s="20")
    members = of_user(result, MemberAcknowledged)
    assert {one.member for one in members} == {"client-0", "client-1", "client-2"}  # type: ignore[attr-defined]
    assert len({one.model_id for one in members}) == 3  # type: ignore[attr-defined]
    began = {e.source: e.at_s for e in reversed(list(result.trace.of(CallSent))) if e.source.startswith("client-")}
    assert len(began) == 3
    drawn = random.Random("0/phase")
    starts_s = {f"client-{n}": drawn.uniform(0.0, 20.0) for n in range(3)}
    first_s = began["client-0"] - starts_s["client-0"]
    assert began == pytest.approx({name: first_s + start_s for name, start_s in starts_s.items()})
    together = played(clients="3", steps="1")
    began = {e.source: e.at_s for e in reversed(list(together.trace.of(CallSent))) if e.source.startswith("client-")}
    assert len(set(began.values())) == 1


def test_a_client_keeps_an_idle_connection_as_long_as_it_is_told() -> None:
    """With a shorter time than its thoughts, each step needs new connections."""

    def connections(**settings: str) -> int:
        return len({e.event.connection for e in played(think_s="2", **settings).trace.of(RequestForwarded)})

    assert connections(keepalive_s="1") > connections(keepalive_s="60")


def test_a_user_and_its_client_are_closed_with_the_world() -> None:
    """An earlier user reports nothing but its failure; each client has connections and streams of its own."""
    seen: list[object] = []

    async def story(world: object) -> None:
        await world.start_job()  # type: ignore[attr-defined]
        assert isinstance(await own_user(world), User)  # type: ignore[arg-type]
        user = one_user(world, "client-x", seen.append)  # type: ignore[arg-type]
        await user.train()
        await user.close()
        async with earlier_user(world) as earlier:  # type: ignore[arg-type]
            await earlier.train()
        client, transport = client_of(world, "client-y")  # type: ignore[arg-type]
        await client.close()
        await transport.close()
        await asyncio.sleep(0)

    planned = race_plan(RunSpec("healthy"))
    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))
    assert [type(event) for event in seen] == [RunStarted, *[StepAcknowledged] * 3, RunFinished]
    assert {e.source for e in result.trace.of(CallSent)} == {"client-x", "earlier-client"}
    assert not list(result.trace.reported_by("earlier-user").of(object))


def test_a_script_that_has_ended_sends_nothing_more() -> None:
    """Its heartbeats end with it, as with the process of a script; they were under way before."""

    async def story(world: World) -> None:
        await world.start_job()
        await world.start_training()
        await asyncio.sleep(100.0)

    planned = race_plan(RunSpec("healthy", settings={"think_s": "30", "steps": "2"}))
    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))
    (ended,) = result.trace.of(RunFinished)
    beats_s = [entry.at_s for entry in result.trace.of(CallSent) if entry.event.leg == "heartbeat"]
    assert beats_s
    assert max(beats_s) < ended.at_s < result.trace.entries[-1].at_s - 90.0


def test_a_user_closes_its_client_and_then_its_connections() -> None:
    """A script that was never played to its end has heartbeats too."""
    closed: list[str] = []

    def part(name: str) -> Any:
        async def close() -> None:
            await asyncio.sleep(1.0)
            closed.append(name)

        return SimpleNamespace(close=close)

    clock.run(User(part("client"), part("connections"), Settings(), closed.append).close())  # type: ignore[arg-type]
    assert closed == ["client", "connections"]


def test_a_model_has_the_rank_of_the_settings() -> None:
    """0 trains every weight; the run ends with the undisturbed run's weights."""
    for rank in ("0", "2"):
        result = played(steps="1", lora_rank=rank)
        assert (result.outcome, result.violations) == ("completed", [])


def test_an_earlier_user_is_closed_and_its_failure_is_the_runs() -> None:
    """It may fail where its job is not there; another user may train another job."""
    closed: list[str] = []

    async def story(world: World) -> None:
        async with earlier_user(world) as earlier:
            close = earlier.close
            earlier.close = lambda: (closed.append("earlier"), close())[1]  # type: ignore[method-assign]
            await earlier.train()
        await world.start_neighbour()
        user = one_user(world, "client-x", world.trace.emitter("other"), NEIGHBOUR)
        await user.train()
        await user.close()

    planned = race_plan(RunSpec("healthy", settings={"steps": "1"}))
    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))
    (failed,) = result.trace.reported_by("earlier-user").entries
    assert isinstance(failed.event, RunFailed)
    assert closed == ["earlier"]
    (step,) = result.trace.reported_by("other").of(StepAcknowledged)
    assert step.event.job == NEIGHBOUR


@pytest.mark.parametrize("changed", [True, False])
def test_a_client_is_made_of_its_worlds_parts(changed: bool) -> None:
    """Its SDK's chunks and connections are the settings' where they are set; each part draws from its own stream."""
    opened: list[Any] = []
    settings = Settings(chunk_len=3, keepalive_s=7.0, lora_rank=5) if changed else Settings()
    trace, policy = Trace(), Plain()
    engine = SimpleNamespace(transport=lambda pools: opened.append(pools) or "transport", blocking="blocking")
    world = SimpleNamespace(
        settings=settings, pairing=SimpleNamespace(sdk=TINKER_0_15, client=policy), engine=engine, trace=trace,
        seeds=Seeds(4), control_plane_address="control-plane:1", gateway_address="gateway:2", counted=lambda emit: emit,
    )  # fmt: skip
    client, transport = client_of(world, "client-y", "job-9")  # type: ignore[arg-type]
    connect: Any = client._open
    (access,) = connect.args
    assert (client.job_id, client._base_model, client._lora_rank) == ("job-9", BASE_MODEL, settings.lora_rank)
    assert connect.func == policy.connect
    assert (access.transport, transport, access.blocking, access.api_key) == (
        "transport", "transport", "blocking", API_KEY,
    )  # fmt: skip
    longest = {
        True: (3, {7.0}),
        False: (TINKER_0_15.max_chunk_len, {p.keepalive_s for p in TINKER_0_15.pools.values()}),
    }
    assert (access.profile.max_chunk_len, {p.keepalive_s for p in access.profile.pools.values()}) == longest[changed]
    assert opened == [{**access.profile.pools, **FRESH}]
    assert access.rng.random() == random.Random("4/client-y.sdk").random()
    assert client._rng.random() == random.Random("4/client-y.policy").random()
    access.emit("an event")
    assert [(entry.source, entry.event) for entry in trace.entries] == [("client-y", "an event")]
