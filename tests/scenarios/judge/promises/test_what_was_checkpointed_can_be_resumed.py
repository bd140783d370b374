"""What was checkpointed can be resumed, and from where it was saved."""

from gateway_sim.scenarios.judge.promises.what_was_checkpointed_can_be_resumed import (
    what_was_checkpointed_can_be_resumed,
)
from gateway_sim.trainer_pod.events import OperationFailed, StateLoaded, StateSaved

PATH = "tinker://job-1/weights/step-2"


def saved(step=2, incarnation=1):
    """Return a committed save."""
    return StateSaved("acme", "job-1", incarnation, PATH, step)


def loaded(step=2):
    """Return a load by the next pod."""
    return StateLoaded("acme", "job-1", 2, PATH, step, True)


def failed(kind="load_weights"):
    """Return an operation of the next pod that failed."""
    return OperationFailed("acme", "job-1", 2, "m", 1, kind, "its save was cut short", "user")


def test_a_load_of_what_was_saved_keeps_it(history, broken):
    """The step that was saved is the step that goes on."""
    assert broken(what_was_checkpointed_can_be_resumed, history((1.0, saved()), (2.0, loaded()))) == []


def test_a_load_that_fails_breaks_it(history, broken):
    """And the pod's own words are told."""
    trace = history((1.0, saved()), (2.0, failed()))
    words = f"a load failed though {PATH} was saved: its save was cut short"
    assert broken(what_was_checkpointed_can_be_resumed, trace) == [(2.0, words)]


def test_a_load_that_begins_elsewhere_breaks_it(history, broken):
    """A checkpoint of step 2 that loads as step 0 is none."""
    trace = history((1.0, saved()), (2.0, loaded(0)))
    assert broken(what_was_checkpointed_can_be_resumed, trace) == [(2.0, f"{PATH} was saved at step 2 and loaded at 0")]


def test_a_name_saved_again_stands_for_the_later_state(history, broken):
    """An overwritten checkpoint is the newer one."""
    trace = history((1.0, saved(2)), (2.0, saved(4)), (3.0, loaded(4)))
    assert broken(what_was_checkpointed_can_be_resumed, trace) == []


def test_what_was_never_saved_may_fail_to_load_and_other_failures_are_no_business_of_it(history, broken):
    """A wrong name is the caller's mistake."""
    assert broken(what_was_checkpointed_can_be_resumed, history((1.0, failed()))) == []
    assert broken(what_was_checkpointed_can_be_resumed, history((1.0, saved()), (2.0, failed("optim_step")))) == []
