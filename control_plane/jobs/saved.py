"""The control plane's list of a job's checkpoints, which it has also when no pod of the job runs.

See docs/reference/protocol.md §3.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Saved:
    """A committed checkpoint: of training (`resumable`) or of a sampler.

    `run` is the id of the model whose run it is, empty for the job's own run.
    """

    run: str
    name: str
    resumable: bool
    lora: bool
    time: datetime

    @property
    def checkpoint_id(self) -> str:
        """The last segment of its resource name; fireworks-ai itself makes that of a sampler differ from the others."""
        return f"{self.run}:{self.name}" if self.run else self.name


ListSaved = Callable[[str, str], Awaitable[Sequence[Saved]]]
"""Return the committed checkpoints of (account, job), the oldest first."""


async def none_saved(account: str, job: str) -> Sequence[Saved]:
    """Return no checkpoint: of a control plane whose pods keep none."""
    return []


def page_of(parent: str, saved: Sequence[Saved], size: int, token: str) -> dict[str, Any]:
    """Return `size` rows of a job's checkpoints that follow the row of `token`, which an earlier page named.

    No checkpoint is promotable: there are no inference deployments here. Raises ValueError for another token.
    """
    begin = int(token or 0)
    rows = [_row(parent, one) for one in saved[begin : begin + size]]
    more = begin + size < len(saved)
    return {"checkpoints": rows, "nextPageToken": str(begin + size) if more else "", "totalSize": len(saved)}


def _row(parent: str, saved: Saved) -> dict[str, Any]:
    use = "TRAINING" if saved.resumable else "INFERENCE"
    weights = "_LORA" if saved.lora else "" if saved.resumable else "_BASE"
    time = saved.time.isoformat().replace("+00:00", "Z")
    return {
        "name": f"{parent}/checkpoints/{saved.checkpoint_id}",
        "checkpointType": f"CHECKPOINT_TYPE_{use}{weights}",
        "createTime": time,
        "updateTime": time,
        "promotable": False,
    }
