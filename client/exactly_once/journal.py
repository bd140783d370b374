"""What a run has done since its last committed checkpoint, so that another pod can do it again. Pure."""

from dataclasses import dataclass, field
from typing import Final

from client.sdk.bodies import Json

REPEATED: Final = frozenset({"forward_backward", "optim_step", "load_weights", "save_weights"})
"""What changes the model, or a checkpoint; any other operation is not repeated once its result is known."""


@dataclass
class LoggedOperation:
    """One operation: its place in the client's own order from 1, its body, and the last pod's promise of its result.

    `done` says that the client has the result.
    """

    number: int
    route: str
    request_type: str
    body: Json
    request_id: str = ""
    done: bool = False


@dataclass
class Journal:
    """The operations since the last committed checkpoint, in their order; `limit` of them at most.

    `truncated` says that one was dropped, so that the run can no longer be repeated.
    """

    limit: int
    checkpoint: str | None = None
    operations: list[LoggedOperation] = field(default_factory=list)
    truncated: bool = False

    def taken(self, operation: LoggedOperation) -> None:
        """Add an operation that a pod has taken."""
        self.operations.append(operation)
        if len(self.operations) > self.limit:
            del self.operations[0]
            self.truncated = True

    def committed(self, save: LoggedOperation, path: str) -> None:
        """Drop what the checkpoint at `path` holds: all up to its save, but for gradients that no step took yet."""
        before = [o for o in self.operations if o.number < save.number]
        last_step = max((o.number for o in before if o.route == "optim_step"), default=0)
        kept = [o for o in before if o.route == "forward_backward" and o.number > last_step]
        self.operations = kept + [o for o in self.operations if o.number > save.number]
        self.checkpoint, self.truncated = path, False

    def to_repeat(self) -> list[LoggedOperation]:
        """Return what another pod must be asked for, in order."""
        return [o for o in self.operations if not o.done or o.route in REPEATED]
