"""A training run whose checkpoints hold everything its next step depends on: weights, moments, loader and RNG.

Weights alone are not enough: without the loader's position samples are repeated; without the RNG's state they are
masked differently (docs/reference/stories.md §3 f).
"""

import io
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import Datum, TensorData
from gateway_sim.trainer_pod.refusals import CheckpointRefused

ROOM = 32_768
"""Bytes reserved in a checkpoint for the loader's state, whose length varies."""


class Loader(Protocol):
    """Yields the batches of one epoch, and can save its position; torchdata's StatefulDataLoader is one."""

    def __iter__(self) -> Iterator[Any]:
        """Begin, or go on from the loaded position."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return the position."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a position."""
        ...


class ResumableRun(TrainingModel):
    """One epoch over a loader's batches of row numbers, with a random share of the tokens masked in each step.

    `example(row)` makes a row's datum. `keeps` names what is restored from a checkpoint beside weights and moments:
    "loader" and "rng" make the run resume exactly.
    """

    def __init__(
        self,
        base_model: str,
        rank: int,
        loader: Loader,
        example: Callable[[int], Datum],
        *,
        seed: int,
        keeps: Sequence[str] = ("loader", "rng"),
        learning_rate: float = 1e-2,
        masked: float = 0.2,
    ) -> None:
        super().__init__(base_model, {"rank": rank}, "cpu")
        self._loader = loader
        self._example = example
        self._keeps = tuple(keeps)
        self._learning_rate = learning_rate
        self._masked = masked
        self._chance = torch.Generator().manual_seed(seed)
        self._batches = iter(loader)

    def train_step(self) -> tuple[list[int], int]:
        """Take the next batch and move the weights; return its rows and a fingerprint of the masks drawn for it."""
        batch = next(self._batches, None)
        if batch is None:
            # a loader that lost its position has run out; begin the epoch again
            self._batches = iter(self._loader)
            batch = next(self._batches)
        rows = [int(row) for row in batch]
        drawn = torch.rand((len(rows), len(self._targets(rows[0]).data)), generator=self._chance)
        kept = (drawn >= self._masked).tolist()
        self.forward_backward([self._mask(row, keep) for row, keep in zip(rows, kept, strict=True)], "cross_entropy")
        self.optim_step({"learning_rate": self._learning_rate})
        return rows, zlib.crc32(drawn.numpy().tobytes())

    def state(self) -> dict[str, Tensor]:
        """Return the model's state, the loader's position and the RNG's state."""
        return {**super().state(), "loader": pack(self._loader.state_dict()), "rng": self._chance.get_state()}

    def restore(self, state: Mapping[str, Tensor], *, with_optimizer: bool) -> None:
        """Load a state that `state` returned; of loader and RNG those that this run keeps."""
        super().restore(state, with_optimizer=with_optimizer)
        if "loader" in self._keeps:
            self._loader.load_state_dict(unpack(state["loader"]))
            self._batches = iter(self._loader)
        if "rng" in self._keeps:
            self._chance.set_state(state["rng"])

    def _targets(self, row: int) -> TensorData:
        target: TensorData = self._example(row).loss_fn_inputs["target_tokens"]
        return target

    def _mask(self, row: int, keep: list[bool]) -> Datum:
        datum = self._example(row)
        weights = TensorData.floats([float(kept) for kept in keep])
        return Datum(model_input=datum.model_input, loss_fn_inputs={**datum.loss_fn_inputs, "weights": weights})


def pack(state: dict[str, Any]) -> Tensor:
    """Write a loader's state into a tensor of fixed size, because DCP reads into an existing tensor.

    Raises `CheckpointRefused` for a state that is too long.
    """
    written = io.BytesIO()
    torch.save(state, written)
    size = written.tell()
    if size > ROOM - 8:
        raise CheckpointRefused(f"the loader's state takes {size} bytes; a checkpoint has room for {ROOM - 8}")
    whole = size.to_bytes(8, "big") + written.getvalue()
    return torch.frombuffer(bytearray(whole.ljust(ROOM, b"\0")), dtype=torch.uint8)


def unpack(packed: Tensor) -> dict[str, Any]:
    """Return the state that `pack` wrote."""
    whole = packed.numpy().tobytes()
    size = int.from_bytes(whole[:8], "big")
    # torchdata keeps a tuple of plain values beside tensors, so the weights-only reader is enough
    state: dict[str, Any] = torch.load(io.BytesIO(whole[8 : 8 + size]), weights_only=True)
    return state


def epoch_loader(rows: int, batch: int, *, seed: int) -> Loader:
    """Return torchdata's loader over the row numbers 0 to `rows` - 1, shuffled by `seed`, in batches, without threads.

    Needs torchdata, of the extra `orchestration`.
    """
    from torchdata.stateful_dataloader import StatefulDataLoader

    with warnings.catch_warnings():
        # torchdata 0.11 still reports its use through a deprecated torch function
        warnings.filterwarnings("ignore", "'set_vital' is deprecated", UserWarning)
        loader: Loader = StatefulDataLoader(
            list(range(rows)), batch_size=batch, shuffle=True, generator=torch.Generator().manual_seed(seed)
        )
    return loader
