"""A gone job is noticed: twelve seconds from when nothing hides it, and what was done by then may end well."""

import pytest

from gateway_sim.client.events import RetryScheduled
from gateway_sim.control_plane.events import AnswerDelayed, PodPlaced
from gateway_sim.scenarios.judge.promises.a_gone_job_is_noticed import a_gone_job_is_noticed
from gateway_sim.scenarios.sim.events import (
    FaultInjected,
    FaultLifted,
    JobDeleted,
    ReplyDelayed,
    RunFailed,
    RunFinished,
    RunHung,
)
from gateway_sim.scenarios.sim.wire_events import RequestHitAddressFault
from gateway_sim.trainer_pod.events import StepApplied

GONE = (5.0, JobDeleted("job-1"))
DIED = RunFailed("NotFoundError", 404, "dispatch", "Trainer job not found or not running")
STEP = StepApplied("acme", "job-1", 1, "session-1-1:train:0", 2, 1, 1, "w")


@pytest.mark.parametrize("told_s", [5.0, 8.0, 17.0])
def test_an_error_within_twelve_seconds_keeps_it(history, broken, told_s):
    """The limit included."""
    assert broken(a_gone_job_is_noticed, history(GONE, (told_s, DIED))) == []


@pytest.mark.parametrize("ended", [DIED, RunHung(900.0, 5)])
def test_an_end_after_that_breaks_it(history, broken, ended):
    """However it ends."""
    words = "the run went on for 12.1 s after nothing hid the deletion any more"
    assert broken(a_gone_job_is_noticed, history(GONE, (17.1, ended))) == [(17.1, words)]


@pytest.mark.parametrize("fault", ["control-plane-outage", "primary-partition", "gateway-restart"])
def test_what_hides_the_deletion_is_waited_for_and_no_longer(history, broken, fault):
    """Twelve seconds count from its end."""
    hidden = [(4.0, FaultInjected(fault)), GONE, (30.0, FaultLifted(fault))]
    assert broken(a_gone_job_is_noticed, history(*hidden, (42.0, DIED))) == []
    assert broken(a_gone_job_is_noticed, history(*hidden, (42.2, DIED))) != []


@pytest.mark.parametrize(("kind", "excused"), [("unheard", True), ("unanswered", False), ("refused", False)])
def test_a_request_that_nothing_hears_hides_it_until_its_caller_gives_up(history, broken, kind, excused):
    """An SDK waits for up to 120 s for an answer, and 5 s for a connection; a refusal is heard at once."""
    hung = [(4.0, RequestHitAddressFault("pod-job-1-1:8003", kind)), GONE, (64.0, DIED)]
    assert (broken(a_gone_job_is_noticed, history(*hung)) == []) == excused


def test_one_thing_may_hide_it_after_another(history, broken):
    """The next begins before the last could be seen through."""
    story = [
        GONE,
        (6.0, FaultInjected("slow-control-plane")),
        (9.0, AnswerDelayed("GET", "/v1/accounts", 8.0)),
        (10.0, FaultLifted("slow-control-plane")),
        (20.0, ReplyDelayed("poll", 20.0)),
    ]
    assert broken(a_gone_job_is_noticed, history(*story, (51.9, DIED))) == []
    assert broken(a_gone_job_is_noticed, history(*story, (52.1, DIED))) != []


def test_what_begins_once_it_should_have_been_noticed_is_no_excuse(history, broken):
    """Nor what hides nothing."""
    late = [GONE, (17.5, FaultInjected("control-plane-outage")), (60.0, FaultLifted("control-plane-outage"))]
    assert broken(a_gone_job_is_noticed, history(*late, (61.0, DIED))) != []
    other = [GONE, (6.0, FaultInjected("lost-reply")), (60.0, FaultLifted("lost-reply"))]
    assert broken(a_gone_job_is_noticed, history(*other, (61.0, DIED))) != []


def test_a_run_may_end_well_with_answers_that_were_on_their_way(history, broken):
    """All its steps had been applied by then."""
    assert broken(a_gone_job_is_noticed, history((4.0, STEP), GONE, (5.1, RunFinished(2)))) == []


def test_a_step_that_is_applied_after_the_deletion_breaks_it(history, broken):
    """Somebody still trains for a job that is gone."""
    for before in (STEP, PodPlaced("acme", "job-1", 1, "pod:1")):
        trace = history((4.0, before), GONE, (6.5, STEP), (7.0, RunFinished(2)))
        assert broken(a_gone_job_is_noticed, trace) == [(6.5, "a step was applied 1.5 s after the job was gone")]


def test_a_run_that_had_not_begun_may_train_on_the_job_that_came_after(history, broken):
    """Nothing of it was on the old one."""
    trace = history(GONE, (6.0, PodPlaced("acme", "job-1", 1, "pod:2")), (6.5, STEP), (7.0, RunFinished(2)))
    assert broken(a_gone_job_is_noticed, trace) == []


def test_a_run_that_never_ended_breaks_it(history, broken):
    """The violation stands where the job went."""
    assert broken(a_gone_job_is_noticed, history(GONE)) == [(5.0, "the job was gone, and its run did not end")]


def test_where_no_job_was_deleted_or_nobody_trained_any_more_there_is_nothing_to_keep(history, broken):
    """Nobody was left to tell."""
    assert broken(a_gone_job_is_noticed, history((900.0, RunHung(900.0, 10)))) == []
    assert broken(a_gone_job_is_noticed, history((4.0, RunFinished(3)), GONE)) == []


def test_a_wait_that_was_begun_while_the_deletion_was_hidden_is_waited_for(history, broken):
    """The SDK asks a control plane that is away after 30 s again; a wait of the policy's own is no excuse."""
    away = [(4.0, FaultInjected("control-plane-outage")), GONE]
    back = (60.0, FaultLifted("control-plane-outage"))
    asking = (49.0, RetryScheduled("control", 30.0, "sdk"))
    assert broken(a_gone_job_is_noticed, history(*away, asking, back, (79.1, DIED))) == []
    dispatching = (49.0, RetryScheduled("dispatch", 30.0, "policy"))
    assert broken(a_gone_job_is_noticed, history(*away, dispatching, back, (79.1, DIED))) != []
    late = (61.0, RetryScheduled("control", 30.0, "sdk"))
    assert broken(a_gone_job_is_noticed, history(*away, back, late, (91.1, DIED))) != []


def test_two_faults_of_a_kind_that_overlap_hide_it_until_the_last_one_ends(history, broken):
    """The first lift ends one of them."""
    hidden = [(4.0, FaultInjected("stale-route")), GONE, (20.0, FaultInjected("stale-route"))]
    lifted = [(30.0, FaultLifted("stale-route")), (40.0, FaultLifted("stale-route"))]
    assert broken(a_gone_job_is_noticed, history(*hidden, *lifted, (52.0, DIED))) == []
    assert broken(a_gone_job_is_noticed, history(*hidden, *lifted, (52.2, DIED))) != []


def test_what_happens_at_the_second_of_the_deletion_was_before_it(history, broken):
    """A step of that moment is no late one; the run had begun by it, and its pod was there."""
    old, new = (PodPlaced("acme", "job-1", incarnation, "pod:1") for incarnation in (1, 2))
    at_once = [(5.0, old), (5.0, STEP), GONE]
    assert broken(a_gone_job_is_noticed, history(*at_once, (7.0, RunFinished(1)))) == []
    told = [(6.5, "a step was applied 1.5 s after the job was gone")]
    later = (6.5, StepApplied("acme", "job-1", 2, "session-2-1:train:0", 2, 1, 1, "w"))
    assert broken(a_gone_job_is_noticed, history((5.0, STEP), GONE, (6.0, new), later, (7.0, RunFinished(1)))) == told
    assert broken(a_gone_job_is_noticed, history((5.0, old), GONE, (6.5, STEP), (7.0, RunFinished(1)))) == told


def test_what_hides_it_may_begin_with_the_last_second_of_the_limit(history, broken):
    """And a wait for the control plane with the first second at which nothing hides it."""
    fault = [(17.0, FaultInjected("control-plane-outage")), (60.0, FaultLifted("control-plane-outage"))]
    assert broken(a_gone_job_is_noticed, history(GONE, *fault, (72.0, DIED))) == []
    waits = (60.0, RetryScheduled("control", 30.0, "sdk"))
    assert broken(a_gone_job_is_noticed, history(GONE, *fault, waits, (102.0, DIED))) == []
    assert broken(a_gone_job_is_noticed, history(GONE, *fault, waits, (102.2, DIED))) != []


def test_an_attempt_to_connect_hides_it_for_five_seconds(history, broken):
    """So long its caller waits for an answer."""
    tried = (10.0, RequestHitAddressFault("pod-job-1-1:8003", "unanswered"))
    assert broken(a_gone_job_is_noticed, history(GONE, tried, (27.0, DIED))) == []
    assert broken(a_gone_job_is_noticed, history(GONE, tried, (27.2, DIED))) != []


def test_a_fault_that_never_ends_hides_it_to_the_end(history, broken):
    """Of two of them one may have ended."""
    for faults in ([], [(4.0, FaultInjected("stale-route")), (6.0, FaultLifted("stale-route"))]):
        hidden = [*faults, (4.0, FaultInjected("stale-route")), GONE, (600.0, DIED)]
        assert broken(a_gone_job_is_noticed, history(*sorted(hidden, key=lambda one: one[0]))) == []
