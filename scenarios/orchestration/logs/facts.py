"""What a log of an orchestrator does not hold, and its reader must be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway_sim.scenarios.sim.errors import UsageError


@dataclass(frozen=True)
class Facts:
    """Limits and dependencies of a team's pipelines, which no table of their runs has.

    `limits` are numbers of places by "pool:NAME", "dag:DAG" (active runs) or "backfill:ID" (active runs of one). In the
    DAGs `waits_for_past` every task waits for its own past. A run of a DAG in `within_s` must end so many seconds after
    it was queued. A queued run may wait `start_within_s` beside a free place of its limit; None: for ever.
    """

    limits: Mapping[str, int] = field(default_factory=dict)
    waits_for_past: Sequence[str] = ()
    within_s: Mapping[str, float] = field(default_factory=dict)
    start_within_s: float | None = None

    @property
    def told(self) -> list[str]:
        """The options that told them, for a message about a file that needs none."""
        given = {
            "--limit": self.limits,
            "--depends-on-past": self.waits_for_past,
            "--sla": self.within_s,
            "--start-within": self.start_within_s is not None,
        }
        return [option for option, there in given.items() if there]


WHAT = ("pool", "dag", "backfill")
"""What may have a limit."""


def limits_of(words: Mapping[str, str]) -> dict[str, int]:
    """Return the limits of `--limit pool:gpu=8`. Raises `UsageError`."""
    found = {}
    for name, word in words.items():
        what, colon, which = name.partition(":")
        if what not in WHAT or not colon or not which:
            raise UsageError(f"--limit {name}={word}: write pool:NAME=N, dag:DAG=N or backfill:ID=N")
        if not word.isdecimal():
            raise UsageError(f"--limit {name}={word}: {word} is no whole number of places")
        found[name] = int(word)
    return found


def seconds_of(words: Mapping[str, str]) -> dict[str, float]:
    """Return the times of `--sla etl=3600`. Raises `UsageError`."""
    found = {}
    for name, word in words.items():
        try:
            found[name] = float(word)
        except ValueError:
            raise UsageError(f"--sla {name}={word}: {word} is no number of seconds") from None
        if not 0 < found[name] < float("inf"):
            raise UsageError(f"--sla {name}={word}: it must be above 0 seconds")
    return found
