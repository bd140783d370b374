"""Every sequence is the one that its weights give with its seed, whichever pod answered."""

import pytest

from gateway_sim.scenarios.judge.promises.every_sequence_is_of_its_weights import every_sequence_is_of_its_weights
from gateway_sim.scenarios.sim.events import RunFailed
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived, SequencesExpected

EXPECTED = (0.0, SequencesExpected((("aa", "bb"), ("cc", "dd"))))


def test_the_undisturbed_sequences_keep_it(history, broken):
    """In any order, and also if one is drawn again."""
    got = [SequenceReceived(1, 1, "bb"), SequenceReceived(2, 0, "cc"), SequenceReceived(2, 0, "cc")]
    trace = history(EXPECTED, *((float(n), event) for n, event in enumerate(got, 1)))
    assert broken(every_sequence_is_of_its_weights, trace) == []


def test_an_error_in_place_of_a_sequence_keeps_it(history, broken):
    """The run is lost, and no script has learned from another model's tokens."""
    trace = history(EXPECTED, (1.0, RunFailed("NotFoundError", 404, "sample", "unknown sampler")))
    assert broken(every_sequence_is_of_its_weights, trace) == []


def test_a_sequence_of_other_weights_breaks_it(history, broken):
    """Such as those of the step before."""
    trace = history(EXPECTED, (1.0, SequenceReceived(2, 1, "bb")))
    assert broken(every_sequence_is_of_its_weights, trace) == [
        (1.0, "sequence 1 before step 2 is bb; its weights give dd with this seed")
    ]


def test_without_the_undisturbed_sequences_it_cannot_be_judged(history, broken):
    """A trace of another program."""
    with pytest.raises(LookupError):
        broken(every_sequence_is_of_its_weights, history((1.0, SequenceReceived(1, 0, "aa"))))
