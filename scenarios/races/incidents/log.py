"""The lines of an access log as requests of one job: read in whatever format fits, filtered, in order of time. Pure."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from gateway_sim.legs import Leg
from gateway_sim.scenarios.races.incidents.fields import (
    Skipped,
    job_of,
    leg_and_route,
    says_no_route,
    seconds_of,
    status_of,
    time_of,
)
from gateway_sim.scenarios.races.incidents.formats import FIELDS, Format, Record, formats
from gateway_sim.scenarios.sim.errors import UsageError

MOST_TOLD = 5
"""Bad lines quoted in a refusal; the others are counted."""


class LogRefused(UsageError):
    """A log that cannot be read; the message names each bad line by its number."""


@dataclass(frozen=True)
class Line:
    """One answered request: line `number` of the file (from 1), when it was answered, its status and its leg.

    `replica`, `route` (below api/v1/), `job` and `asked_s`, when the request arrived, are None where the log does not
    tell them. `missed` says that the gateway had no route for it.
    """

    number: int
    at_s: float
    status: int
    leg: Leg
    replica: str | None = None
    route: str | None = None
    job: str | None = None
    missed: bool = False
    asked_s: float | None = None

    @property
    def sent_s(self) -> float:
        """When the request arrived, or at the latest that: when it was answered."""
        return self.at_s if self.asked_s is None else self.asked_s


@dataclass(frozen=True)
class Log:
    """The lines of one job in order of time, the first at 0 s; the format's name; what was skipped, by kind."""

    lines: Sequence[Line]
    format: str
    skipped: Mapping[str, int]


def read_log(
    text: Iterable[str],
    *,
    job: str | None = None,
    miss: Sequence[str] = ("404",),
    columns: Mapping[str, str] | None = None,
) -> Log:
    """Read the lines of a file. Raises `LogRefused` if any line is bad, or if a job must be chosen."""
    numbered = _written(text)
    if (first := next(numbered, None)) is None:
        raise LogRefused("it holds no request; a line is time, status, leg and, if known, replica")
    name, kind = _format_of(*first)
    lines: list[Line] = []
    bad: list[str] = []
    skipped: Counter[str] = Counter()
    own = columns or {}
    names = {field: (own[field].lower(),) if field in own else kind.names.get(field, ()) for field in FIELDS}
    reader = _Reader(kind, own, names, frozenset(miss))
    for number, record in kind.rows(chain([first], numbered)):
        try:
            lines.append(reader.line(number, record))
        except Skipped as why:
            skipped[str(why)] += 1
        except ValueError as wrong:
            bad.append(f"line {number}: {wrong}")
    if bad:
        more = f"; and {len(bad) - MOST_TOLD:,} more" if len(bad) > MOST_TOLD else ""
        raise LogRefused("; ".join(bad[:MOST_TOLD]) + more)
    if lines:
        lines = _of_one_job(lines, job, skipped)
    if not lines:
        told = f"; skipped: {told_skipped(skipped)}" if skipped else ""
        raise LogRefused(f"it holds no request; a line is time, status, leg and, if known, replica{told}")
    lines.sort(key=lambda line: line.at_s)
    began_s = lines[0].at_s
    return Log([_counted_from(line, began_s) for line in lines], name, skipped)


def told_skipped(skipped: Mapping[str, int]) -> str:
    """Return what was skipped, in words: "3 lines of no route of the training API"."""
    return ", ".join(f"{n:,} line{'s' if n > 1 else ''} {why}" for why, n in skipped.items())


def _written(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines with something in them, by number; a remark begins with #."""
    for number, line in enumerate(text, start=1):
        if (stripped := line.strip()) and stripped[0] != "#":
            yield number, stripped


def _format_of(number: int, line: str) -> tuple[str, Format]:
    """Return the format that the first line is in: one that names a proxy's own fields before a general one."""
    fitting = {name: kind for name, kind in formats().items() if kind.fits(line)}
    for general in ("json-lines", "csv-rows"):
        if len(fitting) > 1:
            fitting.pop(general, None)
    if not fitting:
        raise LogRefused(f"line {number}: it is in no format known here: {', '.join(formats())}")
    return next(iter(fitting.items()))


@dataclass(frozen=True)
class _Reader:
    """Makes lines of a format's records; `columns` are the user's own names of fields."""

    format: Format
    columns: Mapping[str, str]
    names: Mapping[str, Sequence[str]]
    miss: frozenset[str]

    def line(self, number: int, record: Record | ValueError) -> Line:
        """Return the line of a record. Raises `ValueError` with what is wrong with it, or `Skipped`."""
        if isinstance(record, ValueError):
            raise record
        when, code, path = (self._needed(record, field) for field in ("time", "status", "leg"))
        leg, route = leg_and_route(str(path))
        status, at_s = status_of(code), time_of(when)
        took_s = seconds_of(self._told(record, "took_s"), 1.0)
        if took_s is None:
            took_s = seconds_of(self._told(record, "took_ms"), 0.001)
        if self.format.at_start:
            at_s += took_s or 0.0
        flags, replica = self._told(record, "flags"), self._told(record, "replica")
        job = self._told(record, "job") or job_of(path)
        missed = str(status) in self.miss or not self.miss.isdisjoint(str(flags or "").split(","))
        return Line(
            number,
            at_s,
            status,
            leg,
            str(replica) if replica else None,
            route,
            str(job) if job else None,
            missed or says_no_route(status, flags, self._told(record, "body")),
            None if took_s is None else at_s - took_s,
        )

    def _needed(self, record: Record, field: str) -> Any:
        told = self._told(record, field)
        if told is None:
            raise ValueError(f"it has no {field}{self._hint(record, field)}")
        return told

    def _told(self, record: Record, field: str) -> Any:
        """Return what a record tells of a field, under the user's name for it or the format's; None for nothing."""
        for name in self.names[field]:
            told = record.get(name)
            if told is None and "." in name:
                told = _within(record, name)
            if told is not None and told != "":
                return told
        return None

    def _hint(self, record: Record, field: str) -> str:
        """Return which column might be meant; nothing where a record has no others."""
        own = {name for names in self.format.names.values() for name in names}
        others = [name for name in record if name and (name not in own or field in self.columns)]
        if not others:
            return ""
        wanted = {near for name in (field, *_LIKE.get(field, ())) for near in difflib.get_close_matches(name, others)}
        near = next((name for name in others if name in wanted), None)
        if near:
            return f"; if it is in {near}, say --columns {field}={near}"
        return f"; its columns are {', '.join(record)}: say which with --columns {field}=..."


_LIKE = {
    "time": ("timestamp", "@timestamp", "start_time", "date", "ts", "when"),
    "status": ("response_code", "status_code", "code"),
    "leg": ("path", "uri", "url", "request_path", "route"),
}
"""What logs call the fields that a line must have."""


def _within(record: Record, name: str) -> Any:
    """Return a value inside nested objects by its path, "fields.time"; None where there is none."""
    told: Any = record
    for part in name.split("."):
        told = told.get(part) if isinstance(told, Mapping) else None
    return told


def _of_one_job(lines: list[Line], job: str | None, skipped: Counter[str]) -> list[Line]:
    """Return the lines of the one job, or of the chosen one. Raises `LogRefused` with the names and misses of all."""
    missed = Counter({line.job: 0 for line in lines if line.job})
    missed.update(line.job for line in lines if line.missed and line.job)
    if job is None and len(missed) < 2:
        return lines
    told = ", ".join(f"{name} ({n:,} {'miss' if n == 1 else 'misses'})" for name, n in missed.most_common())
    if job is None:
        raise LogRefused(f"it holds {len(missed)} jobs: {told}; choose one with --job")
    chosen = [name for name in missed if name is not None and job in (name, name.rpartition("/")[2])]
    if len(chosen) != 1:
        near = difflib.get_close_matches(job, [name for name in missed if name], n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise LogRefused(f"no one job is called {job!r}; {hint}it holds {told or 'no job by name'}")
    kept = [line for line in lines if line.job == chosen[0]]
    if len(lines) > len(kept):
        skipped["of other jobs, or of none"] += len(lines) - len(kept)
    return kept


def _counted_from(line: Line, began_s: float) -> Line:
    asked_s = None if line.asked_s is None else line.asked_s - began_s
    return replace(line, at_s=line.at_s - began_s, asked_s=asked_s)
