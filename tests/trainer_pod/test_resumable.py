"""A run that is interrupted and resumed is, to the byte, the run that was not."""

from typing import Any

import pytest

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.resumable import ROOM, ResumableRun, epoch_loader, pack, unpack
from gateway_sim.trainer_pod.text import batch

ROWS, SIZE = 12, 2


def example(row: int) -> Datum:
    """Return the example of a row number."""
    return batch(row, 1, 8)[0]


def run(**settings: object) -> ResumableRun:
    """Return a run over one shuffled epoch that has trained nothing."""
    loader = epoch_loader(ROWS, SIZE, seed=3)
    return ResumableRun("byte-transformer", 2, loader, example, seed=5, **settings)  # type: ignore[arg-type]


def resumed(**settings: object) -> tuple[list[tuple[list[int], int]], str]:
    """Interrupt a run after three steps, resume it elsewhere; return the later steps and the weights at the end."""
    first, second = run(**settings), run(**settings)
    for _ in range(3):
        first.train_step()
    second.restore(first.state(), with_optimizer=True)
    return [second.train_step() for _ in range(3)], second.weights_digest()


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[tuple[list[int], int]], str]:
    """Give the last three steps of a run without interruption, and its weights."""
    whole = run()
    steps = [whole.train_step() for _ in range(6)]
    assert sorted(row for rows, _ in steps for row in rows) == list(range(ROWS))
    return steps[3:], whole.weights_digest()


def test_with_the_loaders_place_and_the_state_of_chance_nothing_is_different(undisturbed: object) -> None:
    """The same rows, the same masks, the same weights."""
    assert resumed() == undisturbed


@pytest.mark.parametrize(
    ("keeps", "rows_agree", "masks_agree"), [(["rng"], False, True), (["loader"], True, False), ([], False, False)]
)
def test_weights_alone_are_not_a_run(
    undisturbed: tuple[list[tuple[list[int], int]], str], keeps: list[str], rows_agree: bool, masks_agree: bool
) -> None:
    """Without its place the loader begins again; without its state chance masks other positions."""
    steps, weights = resumed(keeps=keeps)
    assert ([rows for rows, _ in steps] == [rows for rows, _ in undisturbed[0]]) is rows_agree
    assert ([mask for _, mask in steps] == [mask for _, mask in undisturbed[0]]) is masks_agree
    assert weights != undisturbed[1]


def test_a_loader_whose_state_has_no_room_in_a_checkpoint_is_refused() -> None:
    """The message says how large it is."""

    class Large:
        """A loader of one batch whose place takes 40 KB."""

        def __iter__(self) -> object:
            return iter([[0]])

        def state_dict(self) -> dict[str, bytes]:
            """Return the place."""
            return {"place": b"x" * 40_000}

    large = ResumableRun("byte-transformer", 2, Large(), example, seed=5)  # type: ignore[arg-type]
    with pytest.raises(CheckpointRefused, match=r"the loader's state takes \d+ bytes; a checkpoint has room for 32760"):
        large.state()


def test_a_fifth_of_the_tokens_is_masked_unless_it_is_said_otherwise() -> None:
    """By weights of 0; the others have 1, and a rate of 0.01 moves the model as a step of its own would."""
    seen: list[list[float]] = []

    class Seen(ResumableRun):
        """A run whose batches are kept."""

        def forward_backward(self, data: Any, *loss: Any) -> Any:
            """Note the weights of a batch."""
            seen.extend(list(datum.loss_fn_inputs["weights"].data) for datum in data)
            return super().forward_backward(data, *loss)

    rows = 40
    for masked, settings in ((0.2, {}), (0.7, {"masked": 0.7}), (0.0, {"masked": 0.0})):
        seen.clear()
        made = Seen("byte-transformer", 2, epoch_loader(rows, 8, seed=3), example, seed=5, **settings)  # type: ignore[arg-type]
        for _ in range(rows // 8):
            made.train_step()
        weights = [weight for row in seen for weight in row]
        assert set(weights) <= {0.0, 1.0}
        assert weights.count(0.0) / len(weights) == pytest.approx(masked, abs=0.09)
    plain = TrainingModel("byte-transformer", {"rank": 2}, "cpu")
    made = ResumableRun("byte-transformer", 2, [[0, 1]], example, seed=5, masked=0.0)  # type: ignore[arg-type]
    assert made.train_step()[0] == [0, 1]
    plain.forward_backward([example(0), example(1)], "cross_entropy")
    plain.optim_step({"learning_rate": 1e-2})
    assert made.weights_digest() == plain.weights_digest()


def test_a_loader_that_has_run_out_begins_again() -> None:
    """As one does that lost its position."""
    made = ResumableRun("byte-transformer", 2, [[0], [1]], example, seed=5)  # type: ignore[arg-type]
    assert [made.train_step()[0] for _ in range(5)] == [[0], [1], [0], [1], [0]]


def test_a_loaders_state_comes_back_from_its_room() -> None:
    """Whether it is short or fills nearly all of it."""
    for length in (0, 30_000):
        state = {"place": "x" * length}
        packed = pack(state)
        assert packed.shape == (ROOM,)
        assert unpack(packed) == state


def test_an_epoch_has_each_row_once_in_an_order_of_its_seed() -> None:
    """Shuffled, in batches of the size asked for; the last one may be shorter."""
    epochs = [[list(map(int, rows)) for rows in epoch_loader(11, 4, seed=seed)] for seed in (3, 3, 4)]
    orders = [[row for rows in epoch for row in rows] for epoch in epochs]
    assert [len(rows) for rows in epochs[0]] == [4, 4, 3]
    assert sorted(orders[0]) == list(range(11)) != orders[0]
    assert orders[0] == orders[1] != orders[2]
