"""The tokens that a sampler draws decide what an RL run learns from."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation, in_order
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived, SequencesExpected
from gateway_sim.scenarios.sim.trace import Trace


def every_sequence_is_of_its_weights(trace: Trace) -> Iterator[Violation]:
    """Every sequence is of its weights: a sampler draws from those it was made from, whichever pod answers.

    Tokens and logprobs are compared with those of the same run without gateway or fault, for equal weights, prompt and
    seed. A sampler that raises an error keeps it. A trace without the undisturbed sequences cannot be judged.
    """
    received = list(trace.of(SequenceReceived))
    expected = next(trace.of(SequencesExpected), None)
    if received and expected is None:
        raise LookupError("the trace does not have the sequences of the undisturbed run")
    for entry in received:
        got = entry.event
        assert expected is not None
        wanted = expected.event.steps[got.step - 1][got.number]
        if got.mark != wanted:
            message = (
                f"sequence {got.number} before step {got.step} is {got.mark}; its weights give {wanted} with this seed"
            )
            yield Violation(message, entry.at_s, in_order(trace, expected, entry))
