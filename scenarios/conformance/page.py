"""The conformance table for people: in a terminal, and as a page of docs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.table import Table

from scenarios.conformance.answers import ANSWERS
from scenarios.conformance.cell import Found
from scenarios.conformance.places import PLACES
from scenarios.live.sdk_environments import SDKS


def in_words(found: Found) -> str:
    """Say in a few words what the user saw, what it cost the server, and what it did to the model."""
    if found.seen == "not asked":
        return "not asked"
    words = [found.seen]
    if found.requests > 1:
        words.append(f"{found.requests} requests")
    if found.peak_per_s > 5:
        words.append(f"{found.peak_per_s}/s")
    if found.heeds_retry_after is not None:
        words.append("heeds Retry-After" if found.heeds_retry_after else "ignores Retry-After")
    if any(times > 1 for times in found.applied):
        words.append("APPLIED TWICE")
    return ", ".join(words)


def terminal(rows: Sequence[Found]) -> Table:
    """Return the table for a terminal, a line a cell."""
    table = Table("sdk", "place", "answer", "what the user sees", box=None, padding=(0, 2, 0, 0))
    for row in in_order(rows):
        style = "green" if row.seen == "ok" and row.peak_per_s <= 20 else "yellow" if row.seen == "ok" else "red"
        table.add_row(row.sdk, row.place, row.answer, f"[{style}]{in_words(row)}[/]")
    return table


def agreement(rows: Sequence[Found], differ: Sequence[tuple[Found, Found]]) -> list[str]:
    """Say in how many cells the profiles of `client/sdk_profiles.py` say what was measured, and where they do not."""
    sentences = [
        f"The profiles that the virtual engine plays by agree with {len(rows) - len(differ)} of {len(rows)} cells."
    ]
    for found, said in differ:
        where = f"{found.sdk}, {found.place}, {found.answer}"
        sentences.append(f"{where}: measured {in_words(found)}; the profile says {in_words(said)}.")
    return sentences


def markdown(
    rows: Sequence[Found], differ: Sequence[tuple[Found, Found]], *, command: str, date: str, hold_s: float
) -> str:
    """Return the page: a table for each SDK, a line for each answer, a column for each place."""
    lines = [
        "# What each SDK does with each answer",
        "",
        f"Measured on {date} by `{command}`: each answer is given at one place for {hold_s:g} s, from the first",
        "request there, and then the platform answers again. A cell says what the user of the unmodified SDK sees in",
        "the end (`ok`, or the exception's class), how many requests were sent meanwhile and how many of them within",
        "one second, where these are more than one and five, and what was made of a `Retry-After` of 2 s. `no answer`",
        "leaves the caller to its own timeout, which is longer than this fault; what is sent to a closed port",
        "(`connection refused`) cannot be counted. Numbers of requests are lower bounds: the cells share the machine.",
        "",
        *agreement(rows, differ),
        "",
    ]
    for sdk, of_sdk in groupby(in_order(rows), key=lambda row: row.sdk):
        cells = {(row.answer, row.place): row for row in of_sdk}
        places = [name for name in PLACES if any(place == name for _, place in cells)]
        answers = [name for name in ANSWERS if any(answer == name for answer, _ in cells)]
        lines += [f"## {sdk}", "", f"{SDKS[sdk].summary}", ""]
        lines += ["| answer | " + " | ".join(places) + " |", "| --- |" + " --- |" * len(places)]
        for answer in answers:
            found = [cells.get((answer, place)) for place in places]
            lines.append(f"| {answer} | " + " | ".join(in_words(cell) if cell else "" for cell in found) + " |")
        lines.append("")
    return "\n".join(lines)


def in_order(rows: Sequence[Found]) -> list[Found]:
    """Return the cells by SDK, place and answer, each in the order of its axis."""
    sdks, places, answers = list(SDKS), list(PLACES), list(ANSWERS)
    return sorted(rows, key=lambda r: (sdks.index(r.sdk), places.index(r.place), answers.index(r.answer)))
