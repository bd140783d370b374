"""No acknowledged step is lost: word of step n comes after n steps were applied."""

from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.sim.events import MemberAcknowledged, StepAcknowledged
from gateway_sim.trainer_pod.events import StepApplied


def applied(step, incarnation=1):
    """Return the pod's word that it stands at a step."""
    return StepApplied("acme", "job-1", incarnation, f"session-{incarnation}-1:train:0", 2 * step, step, 1, "aa")


def test_each_step_acknowledged_after_it_was_applied_keeps_it(history, broken):
    """The pod may be ahead of what its user has heard."""
    trace = history(
        (1.0, applied(1)), (1.1, StepAcknowledged(1)), (2.0, applied(2)), (3.0, applied(3)), (3.1, StepAcknowledged(2))
    )
    assert broken(no_acknowledged_step_is_lost, trace) == []


def test_a_step_acknowledged_before_it_was_applied_breaks_it(history, broken):
    """What comes later does not mend it: the user has gone on by then."""
    trace = history((1.0, StepAcknowledged(1)), (1.1, applied(1)))
    assert broken(no_acknowledged_step_is_lost, trace) == [(1.0, "step 1 was acknowledged, but the pod has applied 0")]


def test_a_step_that_was_skipped_breaks_it_from_there_on(history, broken):
    """Every later word is one step short too."""
    trace = history(
        (1.0, applied(1)), (1.1, StepAcknowledged(1)), (2.1, StepAcknowledged(2)), (3.0, applied(2)),
        (3.1, StepAcknowledged(3)),
    )  # fmt: skip
    assert broken(no_acknowledged_step_is_lost, trace) == [
        (2.1, "step 2 was acknowledged, but the pod has applied 1"),
        (3.1, "step 3 was acknowledged, but the pod has applied 2"),
    ]


def test_a_new_incarnation_that_starts_from_nothing_breaks_it(history, broken):
    """The user hears of step 3 while the weights have seen one."""
    trace = history((1.0, applied(2)), (1.1, StepAcknowledged(2)), (9.0, applied(1, 2)), (9.1, StepAcknowledged(3)))
    assert broken(no_acknowledged_step_is_lost, trace) == [(9.1, "step 3 was acknowledged, but the pod has applied 1")]


def test_a_new_incarnation_that_goes_on_where_the_old_one_stood_keeps_it(history, broken):
    """A step's number travels with the checkpoint."""
    trace = history((1.0, applied(2)), (1.1, StepAcknowledged(2)), (9.0, applied(3, 2)), (9.1, StepAcknowledged(3)))
    assert broken(no_acknowledged_step_is_lost, trace) == []


def test_where_nothing_was_acknowledged_nothing_is_lost(history, broken):
    """Neither in an empty trace nor where steps went unheard."""
    assert broken(no_acknowledged_step_is_lost, history()) == []
    assert broken(no_acknowledged_step_is_lost, history((1.0, applied(1)))) == []


def of(model, step):
    """Return the pod's word that one of two models stands at a step."""
    return StepApplied("acme", "job-1", 1, model, 2 * step, step, 1, "aa")


def told(member, model, step):
    """Return the word to one of two scripts."""
    return MemberAcknowledged(member, step, "acme", "job-1", model)


def test_a_step_that_one_script_lost_is_not_made_good_by_the_other(history, broken):
    """Each has a model of its own, and the herd's word comes after both."""
    trace = history(
        (1.0, of("a", 1)), (2.0, of("b", 2)), (2.1, told("client-0", "a", 2)), (2.2, told("client-1", "b", 2)),
        (2.2, StepAcknowledged(2)),
    )  # fmt: skip
    assert broken(no_acknowledged_step_is_lost, trace) == [
        (2.1, "step 2 was acknowledged to client-0, but the pod has applied 1")
    ]


def test_a_script_that_is_behind_does_not_break_what_the_other_was_told(history, broken):
    """Whoever applied last."""
    trace = history((1.0, of("a", 2)), (2.0, of("b", 1)), (2.1, told("client-0", "a", 2)))
    assert broken(no_acknowledged_step_is_lost, trace) == []


def test_models_of_two_jobs_are_two_though_their_pods_number_them_alike(history, broken):
    """An account's other job proves nothing."""
    elsewhere = StepApplied("acme", "job-2", 1, "a", 4, 2, 1, "aa")
    trace = history((1.0, of("a", 1)), (2.0, elsewhere), (2.1, StepAcknowledged(2, "acme", "job-1", "a")))
    assert broken(no_acknowledged_step_is_lost, trace) == [(2.1, "step 2 was acknowledged, but the pod has applied 1")]
