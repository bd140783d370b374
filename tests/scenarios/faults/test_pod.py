"""A pod that crashes or freezes: what clients and control plane see of it, in virtual time as live."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, SessionResumed
from gateway_sim.control_plane.events import JobMoved, PodNoticedDead
from gateway_sim.events import RequestRefused
from gateway_sim.scenarios.faults.pod import PodCrash, PodFreeze
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import ContainerRestarted, FaultLifted, PodCrashed, PodFroze, PodLost, PodThawed
from gateway_sim.scenarios.world.builder import World
from gateway_sim.trainer_pod.events import GradientsAccumulated, PodStopped, PollHeld, SessionCreated
from tests.scenarios.faults.two_engines import SEEDS

COMPUTING = "req-1-5"
"""The second step's forward_backward: what the pod computes when the fault strikes."""
SETTINGS = {"forward_backward_s": 1.0, "start_s": 0.1, "notice_s": 1.0, "save_every": 1, "steps": 2}
NEVER = {"notice_s": 600.0}


def played(fault: Any, client: str = "exactly-once", engine: str = "virtual", seed: int = 0, **settings: Any) -> Any:
    """Train in the healthy race behind today's gateway; the fault strikes in the second step."""
    words = {name: str(value) for name, value in {**SETTINGS, **settings}.items()}
    plan = race_plan(RunSpec("healthy", client, "not-found", engine=engine, seed=seed, settings=words))

    async def play(world: World) -> None:
        await world.start_job()
        training = world.start_training()
        await world.until(PollHeld, request_id=COMPUTING)
        world.inject(fault)
        await training

    return run_plan(replace(plan, race=replace(plan.race, play=play)))


def told(result: Any, *kinds: type) -> list[str]:
    """Return the names of the events of these kinds, in order."""
    return [entry.name for entry in result.trace.of(*kinds)]


def moves(result: Any) -> list[tuple[str, int]]:
    """Return the states of the job from its first RUNNING on."""
    states = [
        (entry.event.state.removeprefix("JOB_STATE_"), entry.event.incarnation) for entry in result.trace.of(JobMoved)
    ]
    return states[2:]


def failures(result: Any) -> list[tuple[str, Any]]:
    """Return the leg and kind of each failed call of the client, in order; equal ones in a row count once."""
    found = []
    for entry in result.trace.of(CallAnswered, CallLost):
        event = entry.event
        failed = isinstance(event, CallLost) or (event.status >= 400 and event.status != 408)
        if failed and event.leg not in ("control", "heartbeat"):
            found.append((event.leg, event.kind if isinstance(event, CallLost) else event.status))
    return [kind for kind, _ in itertools.groupby(found)]


def refusals(result: Any) -> list[tuple[str, str]]:
    """Return the leg and reason of each refusal of the gateway, in order; equal ones in a row count once."""
    found = [(e.event.leg, e.event.slug) for e in result.trace.of(RequestRefused) if e.event.leg != "heartbeat"]
    return [kind for kind, _ in itertools.groupby(found)]


def seen(result: Any) -> dict[str, Any]:
    """Return what both engines must show alike of a run: everything but times and counts."""
    broken = {violation.promise for violation in result.violations}
    # whether a client that waits between its requests meets the PENDING route is a matter of times
    met = {("poll", 404), ("poll", "route-not-found")} if result.client == "exactly-once" else set[Any]()
    return {
        "completed": result.outcome == "completed",
        "error": result.error and (result.error.type, result.error.status, result.error.leg),
        # how long a step waits and how fast a busy poller is are matters of times
        "broken": broken - {"the healthy run pays at most the warm up", "no busy polling"},
        "failures": [one for one in failures(result) if one not in met],
        "refusals": [one for one in refusals(result) if one not in met],
        "pods": told(result, PodLost, PodThawed, ContainerRestarted, PodNoticedDead, PodStopped),
        "moves": moves(result),
    }


STORIES: dict[str, dict[str, Any]] = {
    "crashed, replaced": {"fault": PodCrash()},
    "crashed, restarted": {"fault": PodCrash(for_s=2.0), **NEVER},
    "frozen, replaced": {"fault": PodFreeze()},
    "frozen, thawed": {"fault": PodFreeze(for_s=2.0), **NEVER},
    "crashed, and the client does not resume": {"fault": PodCrash(), "client": "plain"},
    "restarted, and the client does not resume": {"fault": PodCrash(for_s=2.0), "client": "plain", **NEVER},
}


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_live_shows_what_virtual_time_shows(story: str) -> None:
    """Signals to a process, and their model on the wire."""
    assert seen(played(**STORIES[story], engine="live")) == seen(played(**STORIES[story]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("story", STORIES)
def test_live_shows_what_virtual_time_shows_on_more_seeds(story: str, seed: int) -> None:
    """The balancer and the client's waits differ by the seed."""
    asked = {**STORIES[story], "seed": seed}
    assert seen(played(**asked, engine="live")) == seen(played(**asked))


def test_a_crashed_pod_takes_its_memory_along_and_reports_nothing_more() -> None:
    """No batch is computed and no end is reported after the kill; the run resumes on the next incarnation."""
    result = played(PodCrash())
    crashed = next(result.trace.of(PodCrashed))
    later = [e for e in result.trace.entries if e.source == crashed.source and e.at_s > crashed.at_s]
    assert later == []
    assert told(result, PodNoticedDead, SessionResumed) == ["PodNoticedDead", "SessionResumed"]
    assert moves(result) == [("RUNNING", 1), ("PENDING", 2), ("RUNNING", 2)]
    assert (result.outcome, result.metrics.steps_applied_twice) == ("completed", 0)


def test_a_container_that_starts_again_in_time_is_the_same_incarnation_with_an_empty_memory() -> None:
    """The control plane notices nothing; no id of the first start is given out again."""
    result = played(PodCrash(for_s=2.0), **NEVER)
    assert moves(result) == [("RUNNING", 1)]
    sessions = [(entry.event.incarnation, entry.event.session_id) for entry in result.trace.of(SessionCreated)]
    assert sessions == [(1, "session-1-1"), (1, "session-1.1-1")]
    assert result.outcome == "completed"
    alone = played(PodCrash(for_s=2.0), client="plain", **NEVER)
    assert "was lost when the container of incarnation 1 of job-1 ended" in alone.error.message


def test_a_container_does_not_start_again_once_its_pod_was_replaced() -> None:
    """The fault ends, and the next incarnation stays the job's only pod."""
    result = played(PodCrash(for_s=4.0), steps=6)
    assert told(result, FaultLifted) == ["FaultLifted"]
    assert told(result, ContainerRestarted) == []
    assert moves(result) == [("RUNNING", 1), ("PENDING", 2), ("RUNNING", 2)]
    assert result.outcome == "completed"


def test_a_frozen_pod_computes_and_answers_nothing_until_it_goes_on() -> None:
    """Its callers wait and are refused nothing; what it would have done meanwhile is done at once."""
    result = played(PodFreeze(for_s=2.0), **NEVER)
    froze, thawed = next(result.trace.of(PodFroze)), next(result.trace.of(PodThawed))
    assert thawed.at_s - froze.at_s == pytest.approx(2.0)
    meanwhile = [e for e in result.trace.entries if e.source == froze.source and froze.at_s < e.at_s < thawed.at_s]
    assert meanwhile == []
    computed = [entry.at_s for entry in result.trace.of(GradientsAccumulated)][1]
    assert computed == pytest.approx(thawed.at_s, abs=0.01)
    assert failures(result) == []
    assert result.outcome == "completed"


def test_a_pod_that_thaws_after_it_was_replaced_is_gone() -> None:
    """The control plane has ended it: it applies nothing beside its successor."""
    result = played(PodFreeze(for_s=4.0), steps=6)
    assert told(result, PodThawed) == []
    assert result.outcome == "completed"


def test_of_two_freezes_that_overlap_the_later_end_thaws_the_pod() -> None:
    """So do two crashes restart it."""

    class Twice:
        name, for_s = "twice", 4.0

        def __init__(self, kind: Any) -> None:
            self.kind = kind

        def begin(self, world: World) -> Any:
            world.inject(self.kind(for_s=1.0))
            return self.kind(for_s=self.for_s).begin(world)

    for kind, back in ((PodFreeze, PodThawed), (PodCrash, ContainerRestarted)):
        result = played(Twice(kind), **NEVER)
        (lost,), (returned,) = result.trace.of(PodLost), result.trace.of(back)
        assert returned.at_s - lost.at_s == pytest.approx(4.0)
        assert result.outcome == "completed"


def test_a_restart_policy_of_never_fails_the_job() -> None:
    """The client is told, and the route is gone."""
    result = played(PodCrash(), restart="never")
    assert moves(result) == [("RUNNING", 1), ("FAILED", 1)]
    assert result.outcome != "completed"


def test_a_job_without_a_pod_has_nothing_to_lose() -> None:
    """The fault has no effect before the pod is there."""
    plan = race_plan(RunSpec("healthy", "exactly-once"))

    async def play(world: World) -> None:
        world.inject(PodCrash(for_s=0.5))
        await world.start_job()
        await world.start_training()

    result = run_plan(replace(plan, race=replace(plan.race, play=play)))
    assert told(result, PodLost) == []
    assert result.verdict == "kept"
