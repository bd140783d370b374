"""The text is real, and its examples are the same for everyone."""

from gateway_sim.trainer_pod.text import batch, corpus


def test_the_text_is_long_enough_and_is_alice() -> None:
    """At least 20 KB of a book that everyone may copy."""
    assert len(corpus()) > 20_000
    assert b"Down the Rabbit-Hole" in corpus()


def test_a_batch_reads_on_and_predicts_the_next_byte() -> None:
    """Rows follow each other in the text, across steps, and targets are the inputs one byte on."""
    rows = [*batch(0, 2, 10), *batch(1, 2, 10)]
    assert bytes(token for row in rows for token in row.model_input.tokens) == corpus()[:40]
    assert bytes(int(t) for t in rows[0].loss_fn_inputs["target_tokens"].data) == corpus()[1:11]


def test_the_same_step_gives_the_same_batch_also_past_the_end() -> None:
    """However many steps are asked for, each is a whole batch, and the same each time."""
    assert batch(3, 4, 32) == batch(3, 4, 32)
    assert all(len(row.model_input.tokens) == 32 for row in batch(10_000, 4, 32))
