"""What a run has done since its last committed checkpoint, so that another pod can do it again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from client.sdk.bodies import Json

REPEATED: Final = frozenset({"forward_backward", "optim_step", "load_weights", "save_weights"})
"""What changes the model, or a checkpoint; the rest need not be done again once its result was heard."""


@dataclass
class LoggedOperation:
    """One operation: its place in the client's own order from 1, what it says, and where it was last taken.

    `life` counts the pods that this client has trained on, `request_id` is the promise of that one.
    """

    number: int
    route: str
    request_type: str
    body: Json
    life: int = -1
    request_id: str = ""
    heard: bool = False


@dataclass
class Journal:
    """The deeds since the last checkpoint that was heard to be committed, in their order; `limit` of them at most.

    `torn` says that one was forgotten, so that the run can no longer be repeated.
    """

    limit: int
    checkpoint: str | None = None
    deeds: list[LoggedOperation] = field(default_factory=list)
    torn: bool = False

    def taken(self, deed: LoggedOperation) -> None:
        """Note a deed that a pod has taken."""
        self.deeds.append(deed)
        if len(self.deeds) > self.limit:
            del self.deeds[0]
            self.torn = True

    def committed(self, deed: LoggedOperation, path: str) -> None:
        """Forget what the checkpoint at `path` holds: all up to its save, but for gradients not yet stepped on."""
        before = [d for d in self.deeds if d.number < deed.number]
        last_step = max((d.number for d in before if d.route == "optim_step"), default=0)
        kept = [d for d in before if d.route == "forward_backward" and d.number > last_step]
        self.deeds = kept + [d for d in self.deeds if d.number > deed.number]
        self.checkpoint, self.torn = path, False

    def to_repeat(self) -> list[LoggedOperation]:
        """Return what another pod must be asked for, in order."""
        return [deed for deed in self.deeds if not deed.heard or deed.route in REPEATED]
