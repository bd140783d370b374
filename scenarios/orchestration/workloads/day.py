"""How a day of lists arrives in a table: some hours on time, the others late and in two pieces."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway_sim.control_plane.data.partitions import Wanted
from gateway_sim.scenarios.orchestration.workloads.ranking import FEATURES, HOURS, ITEMS, Lists

if TYPE_CHECKING:
    import pyarrow as pa

HOUR_S = 3600.0


@dataclass(frozen=True)
class Landing:
    """One commit: these lists arrive in the table at this second."""

    at_s: float
    lists: Lists


def landings(
    day: Lists, punctual: int, chance: random.Random, *, lands_first: float, late_s: float = 3 * HOUR_S
) -> list[Landing]:
    """Return the commits of a day: `punctual` hours three at a time, minutes after they have passed; the others late.

    The share `lands_first` of each late hour, at least one list, arrives `late_s` after the end of the day, and the
    rest of it, half an hour apart, from an hour later on.
    """
    planned = []
    for first in range(0, punctual, 3):
        until = min(first + 3, punctual)
        block = day.where((day.hours >= first) & (day.hours < until))
        planned.append(Landing(until * HOUR_S + chance.uniform(60.0, 600.0), block))
    late = day.where(day.hours >= punctual)
    an_hour = len(day.hours) // HOURS
    place = late.numbers % an_hour
    early = (place > 0) & (place <= max(int(an_hour * lands_first), 1))
    if len(late.hours):
        planned.append(Landing(24 * HOUR_S + late_s, late.where(early)))
    for n, hour in enumerate(range(punctual, HOURS)):
        rest = late.where(~early & (late.hours == hour))
        planned.append(Landing((25 + n / 2) * HOUR_S + late_s + chance.uniform(60.0, 600.0), rest))
    return planned


def columns() -> pa.Schema:
    """Return the columns of a table of lists, one row for each item."""
    import pyarrow as pa

    features = [(f"x{n}", pa.int16()) for n in range(FEATURES)]
    keys = [("date", pa.string()), ("hour", pa.int32()), ("list", pa.int32()), ("item", pa.int32())]
    return pa.schema([*keys, ("grade", pa.int8()), *features, ("landed_s", pa.float64())])


def rows(date: str, lists: Lists, landed_s: float) -> pa.Table:
    """Return the lists of this date as rows that arrive at `landed_s`."""
    import pyarrow as pa

    items = len(lists.hours) * ITEMS
    flat = lists.features.reshape(items, FEATURES)
    values: dict[str, Any] = {
        "date": [date] * items,
        "hour": np.repeat(lists.hours, ITEMS),
        "list": np.repeat(lists.numbers, ITEMS),
        "item": np.tile(np.arange(ITEMS), len(lists.hours)),
        "grade": lists.grades.reshape(items),
        **{f"x{n}": flat[:, n] for n in range(FEATURES)},
        "landed_s": np.full(items, landed_s),
    }
    return pa.table(values, schema=columns())


def lists_in(table: pa.Table, date: str) -> Lists:
    """Return the lists of this date from a table that is sorted by its columns."""
    import pyarrow.compute as pc

    found = table.filter(pc.equal(table["date"], date))
    features = np.stack([found[f"x{n}"].to_numpy() for n in range(FEATURES)], axis=-1)
    return Lists(
        numbers=found["list"].to_numpy()[::ITEMS],
        hours=found["hour"].to_numpy()[::ITEMS],
        features=features.reshape(-1, ITEMS, FEATURES),
        grades=found["grade"].to_numpy().reshape(-1, ITEMS),
    )


def wanted(date: str, an_hour: int) -> Wanted:
    """Return what makes a day of `an_hour` lists an hour complete: 24 hours of half to twice the usual rows."""
    usual = an_hour * ITEMS
    return Wanted(date, range(HOURS), usual // 2, usual * 2)


def rows_by_hour(lists: Lists) -> tuple[int, ...]:
    """Return the number of rows of each hour."""
    return tuple(int(count) * ITEMS for count in np.bincount(lists.hours, minlength=HOURS))
