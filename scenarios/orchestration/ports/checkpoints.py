"""A checkpoint store: where a training job saves its state, and what its next attempt resumes from.

A part is made by `make(sandbox, name=...)`: the name of the job. Parts of one name that are made in one sandbox are
clients of one store; each attempt of a job makes one of its own. A call takes no virtual time, so the time that a save
takes is the story's: it lies between `begin` and `finish`. A state is torch tensors by name, the weights as "weights".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

if TYPE_CHECKING:
    from torch import Tensor

NAME = "checkpoints"


class Checkpoints(Protocol):
    """The checkpoints of one job, each of the state after a step."""

    def begin(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Begin to save the state after `step`, in which this call finds the tensors.

        Training moves the tensors of weights and optimizer in place as soon as this returns. A story begins the next
        save when it has finished this one. A step may be saved again whose earlier save was not finished.
        """
        ...

    def finish(self, step: int) -> None:
        """Wait for the end of the save of `step`, whose time has passed: it is a checkpoint when this returns."""
        ...

    def abandon(self) -> None:
        """End this client's process: a save that it has not finished is never finished. Not called twice."""
        ...

    def steps(self) -> Sequence[int]:
        """Return the steps that can be resumed from, in any order; a resume takes the greatest."""
        ...

    def load(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Write what was saved of `step` into these tensors, which have its names and shapes.

        Raises `CheckpointRefused` (of `gateway_sim.trainer_pod.refusals`) where that is no whole checkpoint.
        """
        ...

    def remove(self, step: int) -> None:
        """Remove a checkpoint, one of `steps`."""
        ...


protocol = Checkpoints


class MarkedCheckpoints:
    """This project's store: a conditional put of a marker makes a checkpoint of what was written before.

    `by_reference`: a save holds the tensors as they are at its end.
    """

    def __init__(self, sandbox: Sandbox[Any], name: str, *, by_reference: bool = False) -> None:
        from gateway_sim.trainer_pod.conditional_checkpoint_store import ConditionalCheckpointStore

        self._store = ConditionalCheckpointStore(sandbox.bucket(NAME), str(sandbox.folder), "acme", name)
        self._by_reference = by_reference
        self._staged: tuple[_Kept, Any] | None = None

    def begin(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Write the state beside the name."""
        kept = _Kept(step, state)
        self._staged = kept, self._store.stage(kept, _named(step))

    def finish(self, step: int) -> None:
        """Put the marker."""
        if self._staged is None:
            raise LookupError(f"no save of step {step} has begun")
        kept, commit = self._staged
        if self._by_reference:
            self._store.stage(kept, _named(step))
        self._store.commit(_named(step), commit)

    def abandon(self) -> None:
        """Leave what is beside the name."""
        self._staged = None

    def steps(self) -> list[int]:
        """Return the steps that have a marker."""
        return [int(name.removeprefix(PREFIX)) for name in self._store.names()]

    def load(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Read a state whose weights are those that the marker names."""
        self._store.load(_Kept(step, state), _named(step), with_optimizer=True)

    def remove(self, step: int) -> None:
        """Remove the marker, then the state."""
        self._store.remove(_named(step))


PREFIX = "step-"


def _named(step: int) -> str:
    return f"{PREFIX}{step}"


class _Kept:
    """A state, as what a `CheckpointStore` saves."""

    base_model = "state"
    lora_config = None

    def __init__(self, step: int, tensors: Mapping[str, Tensor]) -> None:
        self.step = step
        self._tensors = tensors

    def state(self) -> dict[str, Tensor]:
        """Return copies of the tensors."""
        return {name: tensor.clone() for name, tensor in self._tensors.items()}

    def restore(self, state: Mapping[str, Tensor], *, with_optimizer: bool) -> None:
        """Write a state into the tensors."""
        del with_optimizer
        for name, tensor in self._tensors.items():
            tensor.copy_(state[name])

    def weights_digest(self) -> str:
        """Return the digest of the weights."""
        from gateway_sim.trainer_pod.engine import digest

        return digest(self._tensors["weights"])


def made(sandbox: Sandbox[Any], name: str, *, by_reference: bool = False) -> Checkpoints:
    """Return a client of a job's checkpoints: the user's part, or this project's."""
    if (make := sandbox.parts.get(NAME)) is None:
        return MarkedCheckpoints(sandbox, name, by_reference=by_reference)
    part: Checkpoints = make(sandbox, name=name)
    return part


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a store of a job that no story has."""
    return make(sandbox, name="probe")


def own(sandbox: Sandbox[Any], *, name: str) -> Checkpoints:
    """Make this project's store, as a part."""
    return MarkedCheckpoints(sandbox, name)
