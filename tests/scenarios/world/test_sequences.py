"""How the sequences of a user are drawn and told apart."""

from gateway_sim.scenarios.world.sequences import PROMPT, mark_of, params_of, saved_for


def test_a_mark_is_of_tokens_and_logprobs() -> None:
    """16 hex digits; a logprob counts in the precision in which a pod sends it."""
    mark = mark_of([1, 2], [-0.5, -1.5])
    assert len(mark) == 16
    assert int(mark, 16) >= 0
    assert mark != mark_of([1, 3], [-0.5, -1.5])
    assert mark != mark_of([1, 2], [-0.5, -1.25])
    assert mark == mark_of([1, 2], [-0.5 - 1e-12, -1.5])


def test_each_sequence_has_its_own_seed() -> None:
    """All have the prompt, the length and the temperature; each step's weights have a name."""
    assert params_of(3) == {"max_tokens": 8, "seed": 3, "temperature": 1.0}
    assert (bytes(PROMPT), saved_for(2)) == (b"Call me", "before-step-2")
