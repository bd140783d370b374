"""The healthy run pays at most the warm-up: three seconds for it, and one between any two things heard."""

import pytest

from gateway_sim.client.events import ReadinessReached, WarmupFinished
from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import (
    the_healthy_run_pays_at_most_the_warm_up,
)
from gateway_sim.scenarios.sim.events import StepAcknowledged, UserThought, WorldBuilt
from gateway_sim.trainer_pod.events import GradientsAccumulated, ModelCreated, OperationAccepted, StepApplied

READY = (10.0, ReadinessReached())
OF_POD = ("acme", "job-1", 1, "session-1-1:train:0")


def warmed(took_s):
    """Return a warm-up that took so long and ended then."""
    return 10.0 + took_s, WarmupFinished("ready", took_s)


def test_a_first_step_within_a_second_of_readiness_keeps_it(history, broken):
    """The limit included, and no warm-up needed."""
    assert broken(the_healthy_run_pays_at_most_the_warm_up, history(READY, (11.0, StepAcknowledged(1)))) == []


@pytest.mark.parametrize("took_s", [2.1, 3.0])
def test_the_warm_ups_time_is_granted(history, broken, took_s):
    """Beside the second."""
    trace = history(READY, warmed(took_s), (10.9 + took_s, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == []


def test_a_longer_warm_up_breaks_it(history, broken):
    """The PR says 3 s."""
    trace = history(READY, warmed(3.4), (14.0, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == [(13.4, "the warm-up took 3.4 s, more than 3 s")]


def test_a_wait_beside_the_warm_up_breaks_it(history, broken):
    """A backoff before the first call, for a route that was there."""
    trace = history(READY, warmed(2.0), (14.0, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == [
        (14.0, "2.0 s passed without work before step 1")
    ]


def test_a_wait_before_a_later_step_breaks_it(history, broken):
    """A fix that sends a request before every step slows every step."""
    trace = history(READY, (10.5, StepAcknowledged(1)), (11.0, StepAcknowledged(2)), (12.5, StepAcknowledged(3)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == [
        (12.5, "1.5 s passed without work before step 3")
    ]


@pytest.mark.parametrize(("died_s", "kept"), [(10.0, True), (12.0, True), (14.0, True), (14.5, False)])
def test_a_step_in_which_a_pod_died_is_none_of_a_healthy_run(history, broken, died_s, kept):
    """The job was started anew; a death after the step explains nothing."""
    died = (died_s, PodNoticedDead("acme", "job-1", 1, "crashed", "always"))
    trace = history(READY, *sorted([died, (14.0, StepAcknowledged(1))], key=lambda one: one[0]))
    assert (broken(the_healthy_run_pays_at_most_the_warm_up, trace) == []) is kept


@pytest.mark.parametrize(("engine", "kept"), [("live", True), ("virtual", False)])
def test_a_busy_machine_may_delay_a_live_run_only(history, broken, engine, kept):
    """Virtual time does not pass while the machine is busy."""
    built = (0.0, WorldBuilt("healthy", "plain", "not-found", "tinker-0.15", "per-connection", engine, 1, "aa"))
    trace = history(built, READY, warmed(5.0), (20.0, StepAcknowledged(1)))
    assert (broken(the_healthy_run_pays_at_most_the_warm_up, trace) == []) is kept
    waited = history(built, READY, (25.0, StepAcknowledged(1)))
    assert len(broken(the_healthy_run_pays_at_most_the_warm_up, waited)) == 1


def test_the_pods_own_work_is_no_cost(history, broken):
    """A batch of three minutes takes three minutes."""
    worked = [
        (10.2, OperationAccepted(*OF_POD, 1, "forward_backward", "req-1-2")),
        (190.2, GradientsAccumulated(*OF_POD, 1, 2.5)),
        (190.3, OperationAccepted(*OF_POD, 2, "optim_step", "req-1-3")),
        (200.3, StepApplied(*OF_POD, 2, 1, 1, "aa")),
    ]
    keeps = history(READY, *worked, (200.4, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, keeps) == []
    breaks = history(READY, *worked, (205.4, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, breaks) == [
        (205.4, "5.4 s passed without work before step 1")
    ]


def test_a_cold_pods_model_is_its_own_work(history, broken):
    """The first model of a pod costs what loading it costs."""
    made = [(10.1, OperationAccepted(*OF_POD, 0, "create_model", "req-1-1")), (40.1, ModelCreated(*OF_POD))]
    assert broken(the_healthy_run_pays_at_most_the_warm_up, history(READY, *made, (40.9, StepAcknowledged(1)))) == []


def test_the_users_thoughts_are_no_cost(history, broken):
    """A script that loads data for a minute before its step waits for itself."""
    keeps = history(READY, (70.0, UserThought(60.0)), (70.5, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, keeps) == []
    breaks = history(READY, (70.0, UserThought(58.0)), (70.5, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, breaks) == [
        (70.5, "2.5 s passed without work before step 1")
    ]


def test_a_run_that_was_never_ready_or_never_stepped_has_paid_nothing(history, broken):
    """Whether it finishes is another promise's question."""
    assert broken(the_healthy_run_pays_at_most_the_warm_up, history()) == []
    assert broken(the_healthy_run_pays_at_most_the_warm_up, history((99.0, StepAcknowledged(1)))) == []
    assert broken(the_healthy_run_pays_at_most_the_warm_up, history(READY)) == []


def test_work_on_two_operations_at_once_is_counted_once(history, broken):
    """Otherwise the seconds that both took would excuse as many idle ones."""
    together = [
        (1.0, OperationAccepted("acme", "job-1", 1, "m", 1, "forward_backward", "req-1")),
        (1.0, OperationAccepted("acme", "job-1", 1, "m", 2, "optim_step", "req-2")),
        (4.0, GradientsAccumulated("acme", "job-1", 1, "m", 1, 0.5)),
        (4.0, StepApplied("acme", "job-1", 1, "m", 2, 1, 1, "w")),
    ]
    promise = the_healthy_run_pays_at_most_the_warm_up
    assert broken(promise, history((1.0, ReadinessReached()), *together, (5.0, StepAcknowledged(1)))) == []
    assert broken(promise, history((1.0, ReadinessReached()), *together, (6.5, StepAcknowledged(1)))) == [
        (6.5, "2.5 s passed without work before step 1")
    ]


def test_work_before_the_last_step_excuses_no_wait_after_it(history, broken):
    """An operation that was queued early counts from the step before."""
    trace = history(
        (0.0, ReadinessReached()),
        (0.0, OperationAccepted("acme", "job-1", 1, "m", 1, "optim_step", "req-1")),
        (0.5, StepAcknowledged(1)),
        (1.0, StepApplied("acme", "job-1", 1, "m", 1, 1, 1, "w")),
        (2.5, StepAcknowledged(2)),
    )
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == [(2.5, "1.5 s passed without work before step 2")]


def test_a_later_step_of_a_run_whose_pod_died_is_judged(history, broken):
    """Only the step in which it died is excused."""
    died = (12.0, PodNoticedDead("acme", "job-1", 1, "crashed", "always"))
    trace = history(READY, died, (14.0, StepAcknowledged(1)), (16.0, StepAcknowledged(2)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == [
        (16.0, "2.0 s passed without work before step 2")
    ]


def test_a_thought_counts_for_the_step_at_whose_ends_it_is_reported(history, broken):
    """At the second before it, and at its own."""
    for told in ([READY, (10.0, UserThought(1.5)), (12.0, StepAcknowledged(1))],
                 [READY, (70.0, UserThought(60.0)), (70.0, StepAcknowledged(1))]):  # fmt: skip
        assert broken(the_healthy_run_pays_at_most_the_warm_up, history(*told)) == []


def test_short_work_counts_too(history, broken):
    """Two operations of less than a second each."""
    worked = [
        (10.1, OperationAccepted(*OF_POD, 1, "forward_backward", "req-1-2")),
        (11.0, GradientsAccumulated(*OF_POD, 1, 2.5)),
        (11.0, OperationAccepted(*OF_POD, 2, "optim_step", "req-1-3")),
        (11.9, StepApplied(*OF_POD, 2, 1, 1, "aa")),
    ]
    trace = history(READY, *worked, (12.5, StepAcknowledged(1)))
    assert broken(the_healthy_run_pays_at_most_the_warm_up, trace) == []
