"""Gates that decide from the landed parts whether a day's data may be trained on. Pure.

A sensor checks that the partition exists, a freshness check the age of its newest row; neither checks that the
partition is complete (docs/reference/stories.md §0.5). How many rows an hour has, only its producer knows: a plausible
number of rows is also that of an hour of which most has landed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """The rows of one hour of a day: their number, and the second at which the newest of them landed."""

    date: str
    hour: int
    rows: int
    landed_s: float


@dataclass(frozen=True)
class Wanted:
    """A complete day: these hours, each with a number of rows between `fewest` and `most`."""

    date: str
    hours: Sequence[int]
    fewest: int
    most: int


@dataclass(frozen=True)
class Decision:
    """Whether the day may be trained on, and the reason as a sentence."""

    passed: bool
    reason: str


def there(parts: Iterable[Part], wanted: Wanted) -> Decision:
    """Pass once any hour of the day has landed, as a sensor on the partition's prefix does."""
    landed = _of(parts, wanted)
    return Decision(bool(landed), f"{len(landed)} hours of {wanted.date} are there")


def fresh(parts: Iterable[Part], now_s: float, most_s: float) -> Decision:
    """Pass when the newest of these parts landed at most `most_s` seconds ago."""
    newest_s = max((part.landed_s for part in parts), default=None)
    if newest_s is None:
        return Decision(False, "nothing has landed")
    return Decision(now_s - newest_s <= most_s, f"the newest row landed {now_s - newest_s:.0f} s ago")


def counted(parts: Iterable[Part], wanted: Wanted) -> Decision:
    """Pass when every hour of the day has landed, with however few rows."""
    hours = {part.hour for part in _of(parts, wanted)}
    missing = [hour for hour in wanted.hours if hour not in hours]
    return Decision(not missing, f"{len(missing)} hours of {wanted.date} are missing: {_listed(missing)}")


def complete(parts: Iterable[Part], wanted: Wanted) -> Decision:
    """Pass when every hour of the day has landed with a plausible number of rows."""
    landed = _of(parts, wanted)
    gate = counted(landed, wanted)
    if not gate.passed:
        return gate
    odd = [part.hour for part in landed if not wanted.fewest <= part.rows <= wanted.most]
    return Decision(not odd, f"{len(odd)} hours of {wanted.date} have too few or too many rows: {_listed(odd)}")


def declared(parts: Iterable[Part], wanted: Wanted, manifest: Mapping[int, int]) -> Decision:
    """Pass when the producer has declared every hour of the day and exactly those rows have landed.

    `manifest` maps an hour to its rows; the producer adds an hour after its last row is written, as `_SUCCESS` does.
    """
    open_hours = [hour for hour in wanted.hours if hour not in manifest]
    if open_hours:
        return Decision(
            False, f"{len(open_hours)} hours of {wanted.date} are not declared complete: {_listed(open_hours)}"
        )
    rows = {part.hour: part.rows for part in _of(parts, wanted)}
    odd = [hour for hour in wanted.hours if rows.get(hour, 0) != manifest[hour]]
    return Decision(not odd, f"{len(odd)} hours of {wanted.date} differ from their declared rows: {_listed(odd)}")


def _of(parts: Iterable[Part], wanted: Wanted) -> list[Part]:
    return [part for part in parts if part.date == wanted.date]


def _listed(hours: Sequence[int]) -> str:
    return ", ".join(map(str, hours)) or "none"
