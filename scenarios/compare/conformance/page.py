"""The conformance table for people: in a terminal, and as a page of docs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.table import Table

from scenarios.compare.conformance.answers import ANSWERS
from scenarios.compare.conformance.cell import Found
from scenarios.compare.conformance.places import PLACES
from scenarios.engines.live.sdks.environments import SDKS
from scenarios.judge.limits import BUSY_PER_S, ENDLESS_S, PACED_PER_S


def in_words(found: Found) -> str:
    """Say in a few words what the user saw, what it cost the server, and what it did to the model."""
    if found.seen == "not asked":
        return "not asked"
    words = [_seen(found)]
    if found.requests > 1:
        words.append(f"{found.requests} requests")
    if found.peak_per_s > PACED_PER_S:
        words.append(f"{found.peak_per_s}/s")
    if found.timeout_s is not None:
        words.append(f"times out after {found.timeout_s:.0f} s")
    if found.heeds_retry_after is not None:
        words.append("heeds Retry-After" if found.heeds_retry_after else "ignores Retry-After")
    if found.times_done is not None and not found.applied.twice:
        words.append("applied once" if found.times_done else "not applied")
    if found.applied.twice:
        words.append(f"APPLIED TWICE ({found.applied.most} times)" if found.applied.most > 2 else "APPLIED TWICE")
    return ", ".join(words)


def _seen(found: Found) -> str:
    if not ANSWERS[found.answer].endless:
        return found.seen
    if found.ended_s is None:
        return f"still waits after {ENDLESS_S:.0f} s"
    return f"{found.seen} after {found.ended_s:.0f} s"


def terminal(rows: Sequence[Found]) -> Table:
    """Return the table for a terminal, a line a cell."""
    table = Table("sdk", "place", "answer", "what the user sees", box=None, padding=(0, 2, 0, 0))
    for row in in_order(rows):
        calm = "green" if row.peak_per_s <= BUSY_PER_S else "yellow"
        style = calm if row.seen == "ok" else "red"
        table.add_row(row.sdk, row.place, row.answer, f"[{style}]{in_words(row)}[/]")
    return table


def agreement(rows: Sequence[Found], differ: Sequence[tuple[Found, Found]]) -> list[str]:
    """Say in how many cells the profiles of `client/sdk/profiles.py` say what was measured, and where they do not."""
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
        f"Measured on {date} by `{command}`.",
        "",
        f"Each answer is given at one place for {hold_s:g} s, from the first request there, and then the platform",
        "answers again. A cell says what the user of the unmodified SDK sees in the end (`ok`, or the exception's",
        "class), how many requests were sent meanwhile and how many of them within one second, where these are more",
        f"than one and {PACED_PER_S}, and what was made of a `Retry-After` of 2 s. "
        "`no answer` is silence until the SDK",
        "itself hangs up. What is sent to a closed port (`connection refused`) cannot be counted. Pollers that spin",
        "are measured one at a time; their rates are lower bounds all the same, for client and stage share a machine.",
        "",
        "`after it was done`: the pod does what is asked, and only its answer is lost. How often it was done then is",
        "read in the pod's ledger. `without end`: the fault never clears, and a cell says when the SDK gives up, if it",
        f"does so within {ENDLESS_S:.0f} s. 300 s of patience are up between two rounds of 11 attempts, which take a",
        "minute each: whether there is a sixth round hangs on the jitter of the waits.",
        "",
        *agreement(rows, differ),
        "",
        *NOTES,
        "",
    ]
    for sdk, of_sdk in groupby(in_order(rows), key=lambda row: row.sdk):
        mine = list(of_sdk)
        brief = [row for row in mine if not ANSWERS[row.answer].endless]
        endless = [row for row in mine if ANSWERS[row.answer].endless]
        lines += [f"## {sdk}", "", f"{SDKS[sdk].summary}", "", *_grid("answer", brief)]
        if endless:
            lines += ["Time to give up:", "", *_grid("fault", endless)]
    return "\n".join(lines)


NOTES = (
    "Two traps lie on `save_state`:",
    "",
    '- tinker 0.18 takes a 409 for "it is saved already": its user is given a path, and nothing has reached the pod. A',
    "  gateway must never answer 409 to a call that it did not hand on.",
    "- From tinker 0.18 on, it listens to neither `Retry-After` nor `x-should-retry`.",
)
"""What a reader of the tables may miss."""


def _grid(corner: str, rows: Sequence[Found]) -> list[str]:
    cells = {(row.answer, row.place): row for row in rows}
    places = [name for name in PLACES if any(place == name for _, place in cells)]
    answers = [name for name in ANSWERS if any(answer == name for answer, _ in cells)]
    lines = [f"| {corner} | " + " | ".join(places) + " |", "| --- |" + " --- |" * len(places)]
    for answer in answers:
        found = [cells.get((answer, place)) for place in places]
        lines.append(f"| {answer} | " + " | ".join(in_words(cell) if cell else "" for cell in found) + " |")
    return [*lines, ""]


def in_order(rows: Sequence[Found]) -> list[Found]:
    """Return the cells by SDK, place and answer, each in the order of its axis."""
    sdks, places, answers = list(SDKS), list(PLACES), list(ANSWERS)
    return sorted(rows, key=lambda r: (sdks.index(r.sdk), places.index(r.place), answers.index(r.answer)))
