"""Where the runs of a sweep are played, and what ends it early. Pure."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway_sim.scenarios.sim.errors import GatewaySimError

RETRIES: Final = 3
"""How many workers may die of the same runs before these are played one at a time, or given up."""


class SweepEnded(GatewaySimError):
    """A sweep ended early, after results that stay good; the message says why."""


class WorkerDied(SweepEnded):
    """Workers died one after the other while they played the same run; the message names it."""

    def __init__(self, run: str, deaths: int) -> None:
        why = "most likely for want of memory"
        super().__init__(f"{deaths} workers died one after the other, {why}, while they played: {run}")


@dataclass(frozen=True)
class Workers:
    """Where runs are played: on `jobs` processes of this machine, or by the workers of a dask `scheduler`.

    `scheduler` is an address such as "tcp://host:port"; None plays here.
    """

    jobs: int = 1
    scheduler: str | None = None

    @property
    def alone(self) -> bool:
        """Whether this process plays itself."""
        return self.jobs == 1 and self.scheduler is None

    @property
    def words(self) -> str:
        """Return it for a line on a screen."""
        if self.scheduler is not None:
            return f"on {self.scheduler}"
        return "in one process" if self.alone else f"on {self.jobs} processes"


def default_jobs() -> int:
    """Return the default number of processes: one a core, at most 8."""
    return min(os.cpu_count() or 1, 8)


Named = Callable[[Any], str]
"""Returns the name of an item of a sweep, for an error."""


def replay_of(item: Any) -> str:
    """Return the command that plays a spec again; of another item its text."""
    return str(getattr(item, "replay", item))
