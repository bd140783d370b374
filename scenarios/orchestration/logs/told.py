"""What a reader found in a log: happenings with their line, in the order of time, and what the log leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from gateway_sim.scenarios.orchestration.fleets.rows import Row
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet
from gateway_sim.scenarios.races.incidents.fields import LATEST_S
from gateway_sim.scenarios.sim.errors import UsageError
from gateway_sim.scenarios.sim.trace import Entry, Trace

ENDS, ASKS, TAKES, BEGINS, WATCHED = range(5)
"""The order of what happens at one moment: a place that is left can be taken at once."""
A_DATE_S: Final = 1e8
"""From here on, in 1973, a number of seconds is a date."""


@dataclass(frozen=True)
class Happening:
    """An event at `at_s`, on the log's own clock, told at `where` in the log; `rank` orders those of one moment."""

    at_s: float
    where: str
    event: Any
    rank: int = BEGINS


@dataclass
class Told:
    """What a log tells: its happenings, its format, and in sentences what was assumed or left out.

    `open_questions` says, by promise, what else the log would have to tell, and with which option it can be told.
    """

    format: str
    happenings: list[Happening] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    open_questions: dict[str, str] = field(default_factory=dict)

    def happened(self, at_s: float, where: str, event: Any, rank: int = BEGINS) -> None:
        """Note an event."""
        self.happenings.append(Happening(at_s, where, event, rank))


@dataclass(frozen=True)
class Log:
    """A log as a trace, from its first event at 0 s, which was at `began_s` on its own clock."""

    format: str
    trace: Trace
    began_s: float
    notes: Sequence[str]
    open_questions: Mapping[str, str]

    def moment(self, at_s: float) -> str:
        """Return a moment of the trace as the log writes it: a date in UTC, or seconds."""
        at_s += self.began_s
        if self.began_s < A_DATE_S:
            return f"{at_s:g} s"
        return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S}"


def where(row: Row) -> str:
    """Return the place of a row in its log, as the source of an entry."""
    return f"{row.file}:{row.line}"


def as_log(told: Told) -> Log:
    """Return a log in the order of time; what happened at one moment stays in its order, after what ended then.

    Raises `UsageError` for a time that is no date.
    """
    ordered = sorted(told.happenings, key=lambda one: (one.at_s, one.rank))
    began_s = ordered[0].at_s if ordered else 0.0
    if ordered and ordered[-1].at_s >= LATEST_S:
        late = ordered[-1]
        raise UsageError(f"{late.where}: {late.at_s:g} s is after the year 9999; write seconds, not milliseconds")
    trace = Trace()
    for one in ordered:
        event = one.event
        if isinstance(event, DeadlineSet):
            event = replace(event, by_s=round(event.by_s - began_s, 6))
        trace.entries.append(Entry(round(one.at_s - began_s, 6), one.where, event))
    return Log(told.format, trace, began_s, told.notes, told.open_questions)
