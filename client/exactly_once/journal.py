"""The operations since the last committed checkpoint, which the next pod must repeat. Pure."""

from dataclasses import dataclass, field
from typing import Final

from gateway_sim.client.sdk.bodies import Json

REPEATED: Final = frozenset({"forward_backward", "optim_step", "load_weights", "save_weights"})
"""Operations that change the model or a checkpoint; others are not repeated once their result is known."""


@dataclass
class LoggedOperation:
    """One operation; `number` is its place in the client's own order, from 1, and `request_id` is the last pod's.

    `done`: the client has the result.
    """

    number: int
    route: str
    request_type: str
    body: Json
    request_id: str = ""
    done: bool = False


@dataclass
class Journal:
    """The operations since the last committed checkpoint, in their order, at most `limit` of them.

    `truncated`: an operation was dropped, so the run cannot be resumed.
    """

    limit: int
    checkpoint: str | None = None
    operations: list[LoggedOperation] = field(default_factory=list)
    truncated: bool = False

    def taken(self, operation: LoggedOperation) -> None:
        """Add an operation that a pod has accepted."""
        self.operations.append(operation)
        if len(self.operations) > self.limit:
            del self.operations[0]
            self.truncated = True

    def committed(self, save: LoggedOperation, path: str) -> None:
        """Drop the operations that the checkpoint holds; gradients since the last step before it are not in it."""
        before = [o for o in self.operations if o.number < save.number]
        last_step = max((o.number for o in before if o.route == "optim_step"), default=0)
        kept = [o for o in before if o.route == "forward_backward" and o.number > last_step]
        self.operations = kept + [o for o in self.operations if o.number > save.number]
        self.checkpoint, self.truncated = path, False

    def to_repeat(self) -> list[LoggedOperation]:
        """Return the operations to send to the next pod, in order."""
        return [o for o in self.operations if not o.done or o.route in REPEATED]
