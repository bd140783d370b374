"""What each fault does to a healthy run, and that it lets go again."""

import asyncio
import dataclasses
import itertools

import pytest

from gateway_sim.scenarios.faults.control_plane import ControlPlaneOutage, SlowControlPlane
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart
from gateway_sim.scenarios.faults.next_reply import DelayedReply, LostReply
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.world.verbs import recreate_job, still_training


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
    """A client that repeats the request gets through; one that does not loses the run."""
    away = played((1, injected(GatewayRestart(for_s=2.0))))
    (began,) = told(away, "FaultInjected")
    lost_s = [entry.at_s - began.at_s for entry in told(away, "CallLost")]
    assert lost_s
    assert all(0.0 <= at_s <= 2.1 for at_s in lost_s)
    assert away.metrics.finished_s > quiet.metrics.finished_s + 1.0
    assert (away.outcome, away.metrics.steps_applied) == ("completed", 3)


def test_a_slow_control_plane_delays_its_callers_until_the_fault_ends(quiet):
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


def overlapping(*faults, gateway="leased-generation"):
    """Inject faults at once after the first step, and return the run with the seconds at which each ended."""
    result = played((1, injected(*faults)), gateway=gateway, steps=8)
    return result, [entry.at_s for entry in told(result, "FaultLifted")]


def between(result, name, from_s, to_s):
    """Say whether an event of this name happened between two seconds."""
    return any(from_s < entry.at_s < to_s for entry in told(result, name))


def test_of_two_outages_that_overlap_the_later_end_brings_the_control_plane_back():
    """The shorter one ends first, and the control plane still answers 503."""
    faults = (ControlPlaneOutage(for_s=8.0), ControlPlaneOutage(for_s=2.0), StaleRoute(for_s=9.0))
    result, (first_s, last_s, _) = overlapping(*faults, gateway="tell-gone-from-stale")
    assert between(result, "OutageAnswered", first_s, last_s)
    assert not between(result, "OutageAnswered", last_s, float("inf"))
    assert result.outcome == "completed"


def test_of_two_stale_routes_that_overlap_the_later_end_shows_the_route():
    """A replica sees the table again when no cut is left."""
    result, (first_s, last_s) = overlapping(StaleRoute(for_s=8.0), StaleRoute(for_s=2.0), gateway="not-found")
    assert between(result, "RouteMissed", first_s, last_s)
    assert not between(result, "RouteMissed", last_s, float("inf"))


def test_of_two_gateway_restarts_that_overlap_the_later_end_brings_the_gateway_back():
    """Connections are refused until then."""
    result, (first_s, last_s) = overlapping(GatewayRestart(for_s=8.0), GatewayRestart(for_s=2.0))
    assert between(result, "RequestHitRestart", first_s, last_s)
    assert not between(result, "RequestHitRestart", last_s, float("inf"))
    assert result.outcome == "completed"


def test_of_two_slow_downs_that_overlap_the_delays_add_up():
    """And each takes its own delay back."""

    async def seen(world):
        plane = world.control_plane
        found = [plane.slow_s]
        world.inject(SlowControlPlane(by_s=3.0))
        world.inject(SlowControlPlane(by_s=1.0, for_s=0.1))
        found.append(plane.slow_s)
        await asyncio.sleep(0.2)
        found.append(plane.slow_s)
        world.lift_all()
        delays.extend([*found, plane.slow_s])

    delays = []
    played((1, seen))
    assert delays == [0.0, 4.0, 3.0, 0.0]


def test_all_lasting_faults_are_undone_once_and_the_newest_first():
    """A fault with an end of its own ends then; one that was lifted is not lifted again."""

    async def inject(world):
        for fault in (SlowControlPlane(by_s=1.0), StaleRoute(for_s=0.5), ControlPlaneOutage(None)):
            world.inject(fault)
        world.lift_all()
        world.lift_all()
        world.inject(LostReply("forward_backward"))
        world.lift_all()

    result = played((1, inject), gateway="not-found")
    lifted = [entry.event.fault for entry in told(result, "FaultLifted")]
    assert lifted[:3] == ["control-plane-outage", "slow-control-plane", "lost-reply"]
    assert not told(result, "ReplyLost")
    assert result.outcome == "completed"


@pytest.mark.parametrize("name", sorted(registry.classes("gateway_sim.scenarios.faults")))
def test_a_fault_keeps_nothing_of_the_world_that_it_struck(name):
    """One record serves many worlds; what it changed in one is undone by what `begin` returned there."""
    fields = dataclasses.fields(registry.classes("gateway_sim.scenarios.faults")[name])
    assert all(field.init for field in fields)
