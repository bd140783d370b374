"""Checkpoint stores, each with one defect."""

import contextlib
import shutil
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from gateway_sim.scenarios.orchestration.ports.checkpoints import MarkedCheckpoints
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from tests.scenarios.compare.port_contract.defect import Defect

State = Mapping[str, Tensor]


def _of_store(kind: type[MarkedCheckpoints], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str) -> MarkedCheckpoints:
        return kind(sandbox, name)

    return Defect(make, saw)


class ListsZero(MarkedCheckpoints):
    """Says that there is a checkpoint of the beginning."""

    def steps(self) -> list[int]:
        """List the steps."""
        return [0, *super().steps()]


class OneAtATime(MarkedCheckpoints):
    """Lists the last step in the order of text."""

    def steps(self) -> list[int]:
        """List the steps."""
        return [int(step) for step in sorted(str(one) for one in super().steps())[-1:]]


class Alone(MarkedCheckpoints):
    """Lists what this client has saved."""

    def __init__(self, sandbox: Sandbox[Any], name: str) -> None:
        super().__init__(sandbox, name)
        self._mine: list[int] = []

    def finish(self, step: int) -> None:
        """Finish a save."""
        super().finish(step)
        self._mine.append(step)

    def steps(self) -> list[int]:
        """List the steps."""
        return self._mine


class OneStoreForAll(MarkedCheckpoints):
    """Keeps the checkpoints of all jobs in one place."""

    def __init__(self, sandbox: Sandbox[Any], name: str) -> None:
        super().__init__(sandbox, "one")


class WithoutMoments(MarkedCheckpoints):
    """Loads all but the optimizer's moments."""

    def load(self, step: int, state: State) -> None:
        """Load a step."""
        moments = state["exp_avg"].clone()
        super().load(step, state)
        state["exp_avg"].copy_(moments)


class ByReference(MarkedCheckpoints):
    """Saves the tensors as they are at the end, under the digest of that moment."""

    def begin(self, step: int, state: State) -> None:
        """Remember the tensors."""
        self._live = state

    def finish(self, step: int) -> None:
        """Save them."""
        super().begin(step, self._live)
        super().finish(step)


class ListsInFlight(MarkedCheckpoints):
    """Lists a save as soon as it begins, and no more when its process has ended."""

    begun: frozenset[int] = frozenset()

    def begin(self, step: int, state: State) -> None:
        """Begin a save."""
        super().begin(step, state)
        self.begun |= {step}

    def steps(self) -> list[int]:
        """List the steps."""
        return sorted({*super().steps(), *self.begun})


class FinishesWhenEnded(MarkedCheckpoints):
    """Writes the marker where its process ends: half a state would have it too."""

    def abandon(self) -> None:
        """End."""
        if self._staged is not None:
            self._store.commit("step-4", self._staged[1])


class OverTheEarlier(MarkedCheckpoints):
    """Writes each state into the same files, and names them as the steps that were finished."""

    def begin(self, step: int, state: State) -> None:
        """Begin a save."""
        super().begin(step, state)
        self.finish(step)

    def load(self, step: int, state: State) -> None:
        """Load what was written last."""
        super().load(max(self.steps()), state)


class OnlyOnce(MarkedCheckpoints):
    """Refuses a step of which anything was written."""

    def begin(self, step: int, state: State) -> None:
        """Begin a save."""
        if (self._store.place_of(f"step-{step}", "weights").parent / f"step-{step}~").exists():
            raise CheckpointRefused(f"there is something of step {step}")
        super().begin(step, state)


class LoadsAnything(MarkedCheckpoints):
    """Loads nothing where there is no checkpoint, and does not say so."""

    def load(self, step: int, state: State) -> None:
        """Load a step."""
        with contextlib.suppress(CheckpointRefused):
            super().load(step, state)


class InPlace(MarkedCheckpoints):
    """Removes the checkpoint of a step that is saved again, before it is."""

    def begin(self, step: int, state: State) -> None:
        """Begin a save over the earlier one."""
        super().begin(step, state)
        if step in self.steps():
            place = self._store.place_of(f"step-{step}", "weights")
            (place / ".metadata").unlink()


class KeepsAll(MarkedCheckpoints):
    """Removes nothing."""

    def remove(self, step: int) -> None:
        """Remove a step."""


class RemovesAll(MarkedCheckpoints):
    """Removes the files of every step."""

    def remove(self, step: int) -> None:
        """Remove a step."""
        super().remove(step)
        for other in self.steps():
            shutil.rmtree(self._store.place_of(f"step-{other}", "weights"))


DEFECTS = {
    "nothing-was-saved": _of_store(ListsZero, "listed [0]"),
    "a-finished-save-is-listed": _of_store(OneAtATime, "listed [9] after"),
    "clients-share-a-store": _of_store(Alone, "listed [] to another client"),
    "jobs-are-apart": _of_store(OneStoreForAll, "to a job that has saved nothing"),
    "the-whole-state-is-loaded": _of_store(WithoutMoments, "loaded another exp_avg"),
    "a-save-is-of-its-beginning": _of_store(ByReference, "loaded the weights, exp_avg, optimizer_steps of a later"),
    "an-unfinished-save-is-not-listed": _of_store(ListsInFlight, "listed [2, 4], and [2] to another"),
    "a-cut-save-is-not-listed": _of_store(FinishesWhenEnded, "listed [2, 4]"),
    "a-cut-save-leaves-the-earlier": _of_store(OverTheEarlier, "loaded another weights"),
    "a-cut-save-is-made-again": _of_store(OnlyOnce, "raised CheckpointRefused"),
    "a-cut-save-is-refused": _of_store(LoadsAnything, "loaded a save that was cut short"),
    "an-unknown-step-is-refused": _of_store(LoadsAnything, "loaded step 3"),
    "a-removed-step-is-gone": _of_store(KeepsAll, "listed [2, 4]"),
    "a-removal-leaves-the-others": _of_store(RemovesAll, "raised CheckpointRefused"),
    "a-cut-repetition-leaves-the-first": _of_store(InPlace, "raised CheckpointRefused"),
}
"""The defect of each clause."""
