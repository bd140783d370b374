"""Formats of access logs, one a file; the file's name is the format's.

How to add one: write `formats/<name>.py` with a docstring whose first line says what it reads, and a `Format` under the
file's own name. `read_log` takes the format that fits the first line of a file; no list needs to be edited.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.sim import registry

Record = Mapping[str, Any]
Numbered = Iterable[tuple[int, str]]
Rows = Iterator[tuple[int, Record | ValueError]]

FIELDS = ("time", "status", "leg", "replica", "job", "flags", "body", "took_s", "took_ms")
"""What a request's line may say. `leg` is a leg, a route or a path; `took_s` or `took_ms` is the request's duration."""


@dataclass(frozen=True)
class Format:
    """How one kind of log is read.

    `fits` says whether the first line of a file is of this kind; `rows` yields the number of each line and its fields,
    or what is wrong with it. `names` gives for each of `FIELDS` the names that it has in the rows, the best first.
    `at_start` says that `time` is when a request arrived; otherwise it is when the request was answered.
    """

    fits: Callable[[str], bool]
    rows: Callable[[Numbered], Rows]
    names: Mapping[str, Sequence[str]]
    at_start: bool = False


def formats() -> dict[str, Format]:
    """Return all formats by name."""
    return registry.functions(__name__)


def json_format(marks: set[str], names: Mapping[str, Sequence[str]], *, at_start: bool = False) -> Format:
    """Return a format of JSON lines; a file is of this kind if its first object has one of the keys `marks`."""

    def fits(line: str) -> bool:
        told = _object(line)
        return not isinstance(told, ValueError) and not marks.isdisjoint(told)

    return Format(fits, json_rows, names, at_start)


def json_rows(lines: Numbered) -> Rows:
    """Yield the object of each line, its keys in lower case."""
    return ((number, _object(line)) for number, line in lines)


def _object(line: str) -> Record | ValueError:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return ValueError("it is no JSON")
    if not isinstance(told, dict):
        return ValueError("it is no JSON object")
    return {name.lower(): value for name, value in told.items()}


def text_format(shape: str, like: str, *, at_start: bool = False) -> Format:
    """Return a format of text lines of a `shape`, a regular expression whose groups are `FIELDS`.

    A line of another shape is bad; `like` describes a good one.
    """
    pattern = re.compile(shape)

    def rows(lines: Numbered) -> Rows:
        for number, line in lines:
            found = pattern.match(line)
            yield number, found.groupdict() if found else ValueError(f"it is not like {like}")

    return Format(lambda line: pattern.match(line) is not None, rows, {name: (name,) for name in FIELDS}, at_start)
