"""What a run is compared with is made without the code that the run is to prove."""

import pytest

from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import parts_of, undisturbed
from gateway_sim.trainer_pod.text import batch


@pytest.mark.parametrize(
    ("rows", "microbatches", "chunk_len", "sizes"),
    [
        (4, 1, 0, [4]),
        (4, 1, 3, [3, 1]),
        (5, 2, 0, [3, 2]),
        (5, 2, 2, [2, 1, 2]),
        (7, 3, 2, [2, 1, 2, 1, 1]),
        (2, 2, 8, [1, 1]),
    ],
)
def test_a_pod_receives_each_example_once_and_a_microbatch_ends_its_chunk(rows, microbatches, chunk_len, sizes):
    """The last chunk of a microbatch may be short, and is not dropped."""
    parts = parts_of(Settings(batch=rows, microbatches=microbatches, chunk_len=chunk_len), 3)
    assert [len(part) for part in parts] == sizes
    assert [row for part in parts for row in part] == batch(3, rows, Settings().length)


def test_other_chunks_give_other_weights_and_the_same_ones_the_same():
    """Floats are added up in another order, so the comparison must know the chunks; each example counts."""
    four, five = (undisturbed(Settings(steps=2, batch=rows), "cpu") for rows in (4, 5))
    assert four == undisturbed(Settings(steps=2, batch=4, chunk_len=4), "cpu")
    assert four != five
