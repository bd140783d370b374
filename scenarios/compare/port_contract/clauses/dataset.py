"""The contract of a dataset's table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, refused, required, unless
from gateway_sim.scenarios.orchestration.ports.dataset import Snapshot, Table

if TYPE_CHECKING:
    import pyarrow as pa

TWICE = "two overlapping backfills leave every row twice, and a model is trained on both"
LOST = "a backfill that read the source before its correction writes last, and the correction is gone"


def _columns() -> Any:
    import pyarrow as pa

    return pa.schema([("date", pa.string()), ("city", pa.int32()), ("row", pa.int32()), ("y", pa.int32())])


def _table(trial: Trial) -> Table:
    found: Table = trial.part(name="rides", columns=_columns(), by=["date", "city"])
    return found


def _rows(city: int, y: int) -> pa.Table:
    """Return two rows of a city, whose content is `y`."""
    import pyarrow as pa

    return pa.table({"date": ["day-1"] * 2, "city": [city] * 2, "row": [0, 1], "y": [y] * 2}, schema=_columns())


def _part(city: int) -> str:
    return f"date = 'day-1' AND city >= {city} AND city < {city + 1}"


def _write(snapshot: Snapshot, city: int, y: int) -> Callable[[], None]:
    return lambda: snapshot.replace(_rows(city, y), _part(city))


def _read(table: Table) -> list[tuple[int, int]]:
    """Return city and content of every row."""
    return [(row["city"], row["y"]) for row in table.open().rows().to_pylist()]


def _conflicts(call: Callable[[], None]) -> bool:
    from gateway_sim.control_plane.data.datasets import WriteConflict

    return refused(call, WriteConflict)


@required("a new table has no rows", "a first training set would have rows that no run wrote")
async def empty_at_first(trial: Trial) -> Outcome:
    """Read a new table."""
    return unless(not (found := _read(_table(trial))), f"had {len(found)} rows")


@required("what was written is read by every client", "training would read the table of another day")
async def a_write_is_read(trial: Trial) -> Outcome:
    """Write, and read as another client."""
    _write(_table(trial).open(), 1, 7)()
    found = _read(_table(trial))
    return unless(found == [(1, 7)] * 2, f"read {found} after two rows of city 1")


@required("a replacement leaves nothing of what was there", TWICE)
async def a_part_is_replaced(trial: Trial) -> Outcome:
    """Write a part twice, one after the other."""
    table = _table(trial)
    _write(table.open(), 1, 7)()
    _write(table.open(), 1, 8)()
    return unless((found := _read(table)) == [(1, 8)] * 2, f"read {found} after city 1 was replaced")


@required("a replacement leaves the other parts", "the last writer of a day removes the cities of the others")
async def other_parts_stay(trial: Trial) -> Outcome:
    """Write two parts."""
    table = _table(trial)
    for city in (1, 2):
        _write(table.open(), city, 7)()
    return unless((found := _read(table)) == [(1, 7)] * 2 + [(2, 7)] * 2, f"read {found} after cities 1 and 2")


@required("of two writers that opened the same rows the second is refused", LOST)
async def an_old_write_is_refused(trial: Trial) -> Outcome:
    """Let two clients plan on the same version."""
    table = _table(trial)
    _write(table.open(), 1, 7)()
    one, other = table.open(), _table(trial).open()
    _write(one, 1, 9)()
    return unless(_conflicts(_write(other, 1, 8)), f"wrote, and the table has {_read(table)}")


@required("of two writers that found a part empty the second is refused", TWICE)
async def an_empty_part_has_one_writer(trial: Trial) -> Outcome:
    """Let two clients plan on nothing."""
    table = _table(trial)
    one, other = table.open(), _table(trial).open()
    _write(one, 1, 9)()
    return unless(_conflicts(_write(other, 1, 8)), f"wrote, and the table has {_read(table)}")


@required("a refused write changes nothing", "a backfill that was told no has still written a part of its rows")
async def a_refusal_changes_nothing(trial: Trial) -> Outcome:
    """Read after a refusal."""
    table = _table(trial)
    one, other = table.open(), table.open()
    _write(one, 1, 9)()
    if not _conflicts(_write(other, 1, 8)):
        return Missed("did not refuse the write")
    return unless((found := _read(table)) == [(1, 9)] * 2, f"read {found} after the refusal")


@required("a writer that was refused writes on a new snapshot", "a backfill would never end")
async def refused_and_again(trial: Trial) -> Outcome:
    """Open the table again after a refusal."""
    table = _table(trial)
    one, other = table.open(), table.open()
    _write(one, 1, 9)()
    if not _conflicts(_write(other, 1, 8)):
        return Missed("did not refuse the write")
    _write(table.open(), 1, 8)()
    return unless((found := _read(table)) == [(1, 8)] * 2, f"read {found} after the second try")


@optional("writers of different parts do not disturb each other", "every worker of a backfill would write in turn")
async def different_parts_do_not_conflict(trial: Trial) -> Outcome:
    """Let two clients plan on one version, and write two parts."""
    table = _table(trial)
    one, other = table.open(), table.open()
    _write(one, 1, 9)()
    return unless(not _conflicts(_write(other, 2, 8)), "refused a write to a part that no other writer wrote")


@optional("a snapshot is read as it was opened", "training that passed a gate would read what came after it")
async def a_snapshot_stays(trial: Trial) -> Outcome:
    """Read a snapshot after a later write."""
    table = _table(trial)
    _write(table.open(), 1, 7)()
    before = table.open()
    _write(table.open(), 1, 8)()
    found = [row["y"] for row in before.rows().to_pylist()]
    return unless(found == [7, 7], f"read {found} in a snapshot of two rows with 7")
