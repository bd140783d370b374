"""The surviving chain is every step once: back from the final weights, through the checkpoints, steps 1 to N."""

from gateway_sim.scenarios.judge.promises.the_surviving_chain_is_every_step_once import (
    the_surviving_chain_is_every_step_once,
)
from gateway_sim.scenarios.sim.events import RunFinished
from gateway_sim.trainer_pod.events import StateLoaded, StateSaved, StepApplied

PATH = "tinker://job-1/weights/a"


def applied(step, incarnation=1, seq_id=None, job="job-1"):
    """Return a step of an incarnation's one model."""
    seq_id = 2 * step if seq_id is None else seq_id
    return StepApplied("acme", job, incarnation, f"session-{incarnation}-1:train:0", seq_id, step, 1, "aa")


def saved(step, incarnation=1):
    """Return a committed save."""
    return StateSaved("acme", "job-1", incarnation, PATH, step)


def loaded(step, incarnation):
    """Return a load with the optimizer's state."""
    return StateLoaded("acme", "job-1", incarnation, PATH, step, True)


def told(*events):
    """Return the events a second apart."""
    return [(float(n), event) for n, event in enumerate(events)]


def test_an_undisturbed_run_keeps_it(history, broken):
    """One pod, every step."""
    trace = history(*told(applied(1), applied(2), applied(3), RunFinished(3)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_steps_that_were_lost_with_their_pod_and_done_again_keep_it(history, broken):
    """Step 3 of the first pod is not in the final weights; the second pod's is."""
    trace = history(
        *told(applied(1), applied(2), saved(2), applied(3), loaded(2, 2), applied(3, 2), applied(4, 2), RunFinished(4))
    )
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_a_chain_through_two_checkpoints_keeps_it(history, broken):
    """The same name, saved by each pod in turn."""
    trace = history(
        *told(applied(1), saved(1), loaded(1, 2), applied(2, 2), saved(2, 2), applied(3, 2), loaded(2, 3),
              applied(3, 3), RunFinished(3))
    )  # fmt: skip
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_a_step_that_was_forgotten_breaks_it(history, broken):
    """The second pod loads step 2 and is never asked for step 3 again."""
    trace = history(*told(applied(1), applied(2), saved(2), applied(3), loaded(2, 2), applied(3, 2), RunFinished(4)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [
        (6.0, "the surviving steps are [1, 2, 3], not 1 to 4")
    ]


def test_a_step_too_many_breaks_it(history, broken):
    """A step sent again under another seq_id moves the weights once more."""
    trace = history(*told(applied(1), applied(2), applied(3), RunFinished(2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [
        (3.0, "the surviving steps are [1, 2, 3], not 1 to 2")
    ]


def test_a_pod_that_begins_with_nothing_breaks_it(history, broken):
    """Two steps of a run of four, on fresh weights: its step numbers begin at 1 again."""
    trace = history(*told(applied(1), applied(2), applied(1, 2), applied(2, 2), RunFinished(4)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [
        (4.0, "the surviving steps are [1, 2], not 1 to 4")
    ]


def test_one_request_that_moved_the_weights_twice_breaks_it(history, broken):
    """A pod without a ledger."""
    trace = history(*told(applied(1, seq_id=2), applied(2, seq_id=2), RunFinished(2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [
        (1.0, "request 2 of session-1-1:train:0 moved the weights again")
    ]


def test_a_run_that_did_not_finish_has_no_surviving_chain(history, broken):
    """Its weights are not those of any run."""
    assert broken(the_surviving_chain_is_every_step_once, history(*told(applied(1), applied(5)))) == []


def test_a_pod_that_saves_what_it_loaded_passes_the_chain_on(history, broken):
    """It was lost before its first step; the third pod goes on from its checkpoint."""
    trace = history(
        *told(applied(1), saved(1), loaded(1, 2), saved(1, 2), loaded(1, 3), applied(2, 3), applied(3, 3),
              RunFinished(3))
    )  # fmt: skip
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_a_step_after_the_end_is_not_in_the_final_weights(history, broken):
    """Not even one of the same moment."""
    trace = history((1.0, applied(1)), (2.0, applied(2)), (3.0, RunFinished(2)), (3.0, applied(1, 2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_steps_of_two_jobs_are_one_chain_of_neither(history, broken):
    """Another job's pod loaded the checkpoint; the witness is a step of each job, and the end."""
    other = StateLoaded("acme", "job-2", 2, PATH, 1, True)
    trace = history(*told(applied(1), saved(1), other, applied(2, 2, job="job-2"), RunFinished(2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [
        (4.0, "the surviving steps were applied by pods of acme/job-1 and acme/job-2")
    ]
    (found,) = the_surviving_chain_is_every_step_once(trace)
    assert found.witness == tuple(trace.entries[n] for n in (0, 3, 4))


def test_the_witness_of_a_wrong_chain_is_the_chain_and_the_end(history):
    """In the order of the trace."""
    trace = history(*told(applied(1), saved(1), applied(3), RunFinished(2)))
    (found,) = the_surviving_chain_is_every_step_once(trace)
    assert found.witness == tuple(trace.entries[n] for n in (0, 2, 3))


def test_a_run_of_one_step_or_of_none_has_a_chain_too(history, broken):
    """The first event of the trace may be its only step."""
    assert broken(the_surviving_chain_is_every_step_once, history(*told(applied(1), RunFinished(1)))) == []
    for events in ([], [loaded(1, 1)]):
        trace = history(*told(*events, RunFinished(2)))
        words = "the surviving steps are [], not 1 to 2"
        assert broken(the_surviving_chain_is_every_step_once, trace) == [(float(len(events)), words)]


def test_a_load_of_what_no_pod_saved_begins_the_chain(history, broken):
    """As one of an untrained state does."""
    trace = history(*told(applied(1), loaded(1, 2), applied(2, 2), RunFinished(2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == [(3.0, "the surviving steps are [2], not 1 to 2")]
    trace = history(*told(applied(1), saved(0), loaded(0, 2), applied(1, 2), applied(2, 2), RunFinished(2)))
    assert broken(the_surviving_chain_is_every_step_once, trace) == []


def test_of_several_saves_of_a_name_the_last_before_the_load_counts(history, broken):
    """Each was by another pod."""
    trace = history(
        *told(applied(1), saved(1), loaded(1, 2), applied(2, 2), saved(2, 2), loaded(2, 3), applied(3, 3),
              saved(3, 3), loaded(3, 4), applied(4, 4), RunFinished(4))
    )  # fmt: skip
    assert broken(the_surviving_chain_is_every_step_once, trace) == []
