"""No step is applied twice: one batch, one gradient, one move of the weights."""

from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.trainer_pod.events import StepApplied

MODEL = "session-1-1:train:0"


def applied(step, seq_id, accumulated=1, incarnation=1, model_id=MODEL):
    """Return a step that moved the weights."""
    return StepApplied("acme", "job-1", incarnation, model_id, seq_id, step, accumulated, "aa")


def test_steps_of_one_batch_each_keep_it(history, broken):
    """Whatever their seq_ids skip: a lost dispatch leaves a hole."""
    trace = history((1.0, applied(1, 2)), (2.0, applied(2, 4)), (3.0, applied(3, 9)))
    assert broken(no_step_is_applied_twice, trace) == []


def test_a_gradient_counted_twice_breaks_it(history, broken):
    """A forward_backward that ran again under another seq_id shows as two batches in one step."""
    trace = history((1.0, applied(1, 2)), (2.0, applied(2, 5, accumulated=2)))
    assert broken(no_step_is_applied_twice, trace) == [(2.0, "step 2 moved the weights on 2 batches instead of 1")]


def test_a_step_on_momentum_alone_breaks_it(history, broken):
    """An optim_step that ran again under another seq_id finds no gradient, and moves the weights all the same."""
    trace = history((1.0, applied(1, 2)), (2.0, applied(2, 3, accumulated=0)))
    assert broken(no_step_is_applied_twice, trace) == [(2.0, "step 2 moved the weights on 0 batches instead of 1")]


def test_one_request_applied_twice_breaks_it_even_with_a_gradient_each(history, broken):
    """A pod without a ledger takes the SDK's own resend for a new request."""
    trace = history((1.0, applied(1, 2)), (2.0, applied(2, 2)))
    assert broken(no_step_is_applied_twice, trace) == [(2.0, f"request 2 of {MODEL} was applied 2 times")]


def test_the_third_time_is_told_too(history, broken):
    """Each time too often is a violation of its own."""
    trace = history(*[(float(n), applied(n, 2)) for n in (1, 2, 3)])
    assert [words for _, words in broken(no_step_is_applied_twice, trace)] == [
        f"request 2 of {MODEL} was applied 2 times", f"request 2 of {MODEL} was applied 3 times",
    ]  # fmt: skip


def test_equal_numbers_of_other_models_and_incarnations_are_other_requests(history, broken):
    """seq_ids start at 1 for every client."""
    trace = history(
        (1.0, applied(1, 2)), (2.0, applied(1, 2, incarnation=2)), (3.0, applied(1, 2, model_id="session-1-2:train:0"))
    )
    assert broken(no_step_is_applied_twice, trace) == []


def test_an_empty_trace_keeps_it(history, broken):
    """Nothing was applied at all."""
    assert broken(no_step_is_applied_twice, history()) == []
