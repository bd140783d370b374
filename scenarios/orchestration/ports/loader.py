"""A data loader with a position: it deals the rows of an epoch in batches, and a resume goes on where it was.

A part is made by `make(sandbox, rows=..., batch=..., seed=...)`: the number of rows, which have the numbers from 0, how
many are in a batch, and what their order is drawn from. Each attempt of a job makes a loader of its own; their order is
the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "loader"


class Loader(Protocol):
    """Deals each row once in an epoch, in a drawn order."""

    def batch(self) -> Sequence[int] | None:
        """Return the rows of the next batch; None where the epoch ends, after which the next one begins."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Return the position after the batches that were returned: plain values and tensors, up to 30 KiB."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a position that `state` of this loader or another returned, whatever was dealt before."""
        ...


protocol = Loader


class Iterated:
    """A part, as a `gateway_sim.trainer_pod.resumable.Loader`."""

    def __init__(self, part: Loader) -> None:
        self._part = part

    def __iter__(self) -> Iterator[Sequence[int]]:
        """Deal the rest of the epoch."""
        while (rows := self._part.batch()) is not None:
            yield rows

    def state_dict(self) -> dict[str, Any]:
        """Return the position."""
        return dict(self._part.state())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a position."""
        self._part.restore(state_dict)


class EpochLoader:
    """This project's loader: torchdata's, without threads."""

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        from gateway_sim.trainer_pod.resumable import epoch_loader

        self._loader = epoch_loader(rows, batch, seed=seed)
        self._batches = iter(self._loader)

    def batch(self) -> list[int] | None:
        """Return the rows of the next batch."""
        found = next(self._batches, None)
        if found is None:
            self._batches = iter(self._loader)
            return None
        return [int(row) for row in found]

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return self._loader.state_dict()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a position."""
        self._loader.load_state_dict(dict(state))
        self._batches = iter(self._loader)


def made(sandbox: Sandbox[Any], rows: int, batch: int, *, seed: int) -> Iterated | None:
    """Return the user's loader; None without one, where a run has this project's."""
    make = sandbox.parts.get(NAME)
    return Iterated(make(sandbox, rows=rows, batch=batch, seed=seed)) if make else None


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a loader of few rows."""
    return make(sandbox, rows=4, batch=2, seed=1)


def own(sandbox: Sandbox[Any], *, rows: int, batch: int, seed: int) -> Loader:
    """Make this project's loader, as a part. Needs torchdata, of the extra `orchestration`."""
    return EpochLoader(rows, batch, seed)
