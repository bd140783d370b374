"""The weights of a finished run equal the undisturbed run's, to the last byte."""

import pytest

from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
from gateway_sim.scenarios.sim.events import MemberAcknowledged, RunFailed, RunFinished, RunHung, WorldBuilt
from gateway_sim.trainer_pod.events import StepApplied

BUILT = (0.0, WorldBuilt("healthy", "plain", "not-found", "tinker-0.15", "per-connection", "virtual", 2, "aaaa" * 16))


def applied(step, weights):
    """Return a step after which the weights have this digest."""
    return StepApplied("acme", "job-1", 1, "session-1-1:train:0", 2 * step, step, 1, weights * 16)


def test_the_same_weights_keep_it(history, broken):
    """Those after the last step; on the way there they are others."""
    trace = history(BUILT, (1.0, applied(1, "bbbb")), (2.0, applied(2, "aaaa")), (2.1, RunFinished(2)))
    assert broken(the_weights_equal_the_undisturbed_runs, trace) == []


def test_other_weights_break_it(history, broken):
    """Both digests are named, as far as people compare them."""
    trace = history(BUILT, (1.0, applied(1, "aaaa")), (2.0, applied(2, "bbbb")), (2.1, RunFinished(2)))
    assert broken(the_weights_equal_the_undisturbed_runs, trace) == [
        (2.1, "the run ended with weights bbbbbbbbbbbb, the undisturbed run's are aaaaaaaaaaaa")
    ]


def test_a_step_applied_after_the_end_counts(history, broken):
    """A request that was sent twice may land when its user has left."""
    trace = history(BUILT, (1.0, applied(2, "aaaa")), (1.1, RunFinished(2)), (1.2, applied(3, "cccc")))
    assert len(broken(the_weights_equal_the_undisturbed_runs, trace)) == 1


def test_a_run_that_finished_without_a_step_breaks_it(history, broken):
    """There are no weights to compare, and that is the news."""
    trace = history(BUILT, (2.1, RunFinished(2)))
    assert broken(the_weights_equal_the_undisturbed_runs, trace) == [
        (2.1, "the run ended, and no pod had applied a step")
    ]


@pytest.mark.parametrize(
    "ends", [[], [(1.0, RunFailed("ValueError", 404, "poll", "gone"))], [(900.0, RunHung(900.0, 12))]]
)
def test_a_run_that_did_not_finish_has_no_final_weights(history, broken, ends):
    """Whether it finishes is another promise's question; and an empty trace is no finished run."""
    assert broken(the_weights_equal_the_undisturbed_runs, history(BUILT, (0.5, applied(1, "bbbb")), *ends)) == []
    assert broken(the_weights_equal_the_undisturbed_runs, history()) == []


def test_without_the_undisturbed_weights_it_cannot_judge_and_says_so(history, broken):
    """Silence would read as kept."""
    with pytest.raises(LookupError, match="undisturbed"):
        broken(the_weights_equal_the_undisturbed_runs, history((1.0, applied(1, "aaaa")), (2.0, RunFinished(1))))


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_in_a_group_each_members_weights_count_whichever_ended_last(history, broken, wrong):
    """Three members with a model each; the weights of one differ, and it is named by its own digest."""
    steps = []
    for n in range(3):
        model = f"session-{n + 1}-1:train:0"
        weights = "bbbb" if n == wrong else "aaaa"
        steps += [
            (1.0 + n, StepApplied("acme", "job-1", 1, model, 2, 1, 1, weights * 16)),
            (1.5 + n, MemberAcknowledged(f"client-{n}", 1, "acme", "job-1", model)),
        ]
    trace = history(BUILT, *steps, (9.0, RunFinished(1)))
    assert broken(the_weights_equal_the_undisturbed_runs, trace) == [
        (9.0, "the run ended with weights bbbbbbbbbbbb, the undisturbed run's are aaaaaaaaaaaa")
    ]


def test_a_member_whose_model_applied_nothing_breaks_it(history, broken):
    """The other member's weights are no excuse."""
    models = [f"session-{n}-1:train:0" for n in (1, 2)]
    trace = history(
        BUILT,
        (1.0, StepApplied("acme", "job-1", 1, models[0], 2, 1, 1, "aaaa" * 16)),
        *((1.5, MemberAcknowledged(f"client-{n}", 1, "acme", "job-1", model)) for n, model in enumerate(models)),
        (9.0, RunFinished(1)),
    )
    assert broken(the_weights_equal_the_undisturbed_runs, trace) == [
        (9.0, "the run ended with weights none, the undisturbed run's are aaaaaaaaaaaa")
    ]
