"""CSV with a header, or without one in the order time, status, leg, replica; commas, semicolons or tabs."""

import csv
from collections.abc import Iterator
from itertools import chain

from gateway_sim.scenarios.races.incidents.formats import Format, Numbered, Rows

COLUMNS: tuple[str, ...] = ("time", "status", "leg", "replica")
_STATUS = frozenset({"status", "response_code", "status_code", "http_status"})
_NAMES = {
    "time": ("time", "timestamp", "@timestamp", "start_time", "datetime", "date"),
    "status": ("status", "response_code", "status_code", "http_status"),
    "leg": ("leg", "path", "request_uri", "uri", "url", "request", "route"),
    "replica": ("replica", "gateway", "gateway_replica"),
    "job": ("job", "job_id"),
    "flags": ("flags", "response_flags"),
    "body": ("body", "response_body", "response_code_details"),
    "took_s": ("took_s", "request_time", "duration_s"),
    "took_ms": ("took_ms", "duration_ms"),
}


def _rows(lines: Numbered) -> Rows:
    """Yield the rows by the headers' names; files that were joined have a header each."""
    first = next(iterator := iter(lines))
    delimiter, names, number, headed = max(",;\t", key=first[1].count), COLUMNS, 0, False

    def texts() -> Iterator[str]:
        nonlocal number
        for number, text in chain([first], iterator):  # noqa: B007  # rows are told by the number
            yield text

    for row in csv.reader(texts(), delimiter=delimiter, skipinitialspace=True):
        words = [word.strip() for word in row]
        if not any(words):
            continue
        # a request's time or status begins with a digit
        if (not headed or not words[0][:1].isdigit()) and not any(word[:1].isdigit() for word in words):
            lowered = tuple(word.lower() for word in words)
            if not headed or not _STATUS.isdisjoint(lowered):
                names, headed = lowered, True
                continue
        headed = True
        yield number, dict(zip(names, words, strict=False))


csv_rows = Format(lambda line: any(mark in line for mark in ",;\t") and line[0] not in "{[", _rows, _NAMES)
