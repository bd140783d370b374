"""What each fault does to a healthy run, and that it lets go again."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from scenarios.faults.delayed_reply import DelayedReply
from scenarios.faults.gateway_restart import GatewayRestart
from scenarios.faults.lost_reply import LostReply
from scenarios.faults.slow_control_plane import SlowControlPlane
from scenarios.faults.stale_route import StaleRoute
from scenarios.run.plans import race_plan
from scenarios.run.runner import run_plan
from scenarios.run.spec import RunSpec
from scenarios.sim.errors import SettingsRefused, UnknownWord
from scenarios.world.verbs import recreate_job, still_training


def played(*acts, client="exactly-once", gateway="leased-generation", **settings):
    """Play the healthy race and do each act once a step was acknowledged (0: the script began)."""
    words = {name: str(value) for name, value in settings.items()}
    planned = race_plan(RunSpec("healthy", client, gateway, settings=words))

    async def acted(world):
        await world.start_job()
        trained = world.start_training()
        for after_step, act in acts:
            assert await still_training(world, after_step)
            await act(world)
        await trained

    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=acted)))


def injected(*faults):
    """Return the act that injects faults."""

    async def inject(world):
        for fault in faults:
            world.inject(fault)

    return inject


def told(result, name):
    """Return the entries of events of this name."""
    return [entry for entry in result.trace.entries if entry.name == name]


@pytest.fixture(scope="module")
def quiet():
    """A run in which nothing happens."""
    return played()


def test_a_delayed_reply_is_late_by_that_much_and_only_once(quiet):
    """The pod has taken the step by then, and takes it once."""
    late = played((1, injected(DelayedReply("forward_backward", by_s=7.0))))
    assert [entry.event.leg for entry in told(late, "ReplyDelayed")] == ["dispatch"]
    assert late.metrics.finished_s - quiet.metrics.finished_s == pytest.approx(7.0, abs=0.2)
    assert late.metrics.steps_applied == 3
    assert late.outcome == "completed"


def test_the_oldest_of_two_bends_takes_the_answer_and_the_other_the_next():
    """A reply is lost or late, and not both."""
    result = played((1, injected(LostReply("forward_backward"), DelayedReply("forward_backward", by_s=7.0))))
    lost, late = told(result, "ReplyLost"), told(result, "ReplyDelayed")
    assert len(lost) == len(late) == 1
    assert lost[0].at_s < late[0].at_s
    assert result.metrics.steps_applied == 3


def test_a_gateway_restart_refuses_calls_until_it_is_back(quiet):
    """Whoever repeats gets through; whoever does not has lost the run."""
    away = played((1, injected(GatewayRestart(for_s=2.0))))
    (began,) = told(away, "FaultInjected")
    lost_s = [entry.at_s - began.at_s for entry in told(away, "CallLost")]
    assert lost_s
    assert all(0.0 <= at_s <= 2.1 for at_s in lost_s)
    assert away.metrics.finished_s > quiet.metrics.finished_s + 1.0
    assert (away.outcome, away.metrics.steps_applied) == ("completed", 3)


def test_a_slow_control_plane_delays_whoever_asks_it_and_then_nobody(quiet):
    """Every answer of its time is late; the training itself does not ask."""
    slow = played((0, injected(SlowControlPlane(by_s=3.0, for_s=60.0))))
    assert {entry.event.by_s for entry in told(slow, "AnswerDelayed")} == {3.0}
    assert slow.metrics.finished_s - quiet.metrics.finished_s >= 3.0
    assert slow.verdict == "kept"


def test_a_stale_route_hides_the_table_from_replicas_that_lag_already():
    """When it is lifted each replica sees what its own lag lets it."""
    result = played((1, injected(StaleRoute(for_s=2.0))), gateway="not-found", stale=3, lag_s=0.1)
    (lifted,) = told(result, "FaultLifted")
    missed = [entry.at_s for entry in told(result, "RouteMissed")]
    assert any(at_s < lifted.at_s for at_s in missed)
    assert all(at_s <= lifted.at_s for at_s in missed if at_s > 1.5)
    assert result.outcome == "completed"


def test_a_fault_of_nothing_is_refused():
    """A replica that is not there, a route that no SDK asks for: neither would ever be met."""
    with pytest.raises(SettingsRefused, match=r"replicas is \[7\]; the world has 0 to 2"):
        played((1, injected(StaleRoute(for_s=2.0, replicas=(7,)))))
    with pytest.raises(UnknownWord, match=r"did you mean optim_step\?"):
        LostReply("optimstep")


def test_a_recreated_job_of_the_same_name_is_not_the_job_that_was_trained():
    """Its user is told, as of any that was deleted."""
    result = played((1, recreate_job))
    assert told(result, "JobDeleted")
    assert result.outcome == "failed_fast"


def test_an_idle_connection_is_kept_as_long_as_the_world_says():
    """A user who thinks longer than that comes back over a new connection, and meets another replica."""
    moves = {}
    for keepalive_s in (0.5, 60.0):
        result = played(think_s=1.0, keepalive_s=keepalive_s, replicas=5)
        steps = [e.event for e in told(result, "RequestForwarded") if e.event.leg == "dispatch"]
        moves[keepalive_s] = sum(a.replica != b.replica for a, b in itertools.pairwise(steps))
    assert moves[0.5] > moves[60.0]
