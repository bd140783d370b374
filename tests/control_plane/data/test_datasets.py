"""A table takes one of two writers of the same part, can be read as it was, and says by name what is not there."""

import pyarrow as pa
import pytest

from gateway_sim.control_plane.data.datasets import Dataset, NoSuchTable, VersionGone, WriteConflict, manifest
from gateway_sim.control_plane.data.partitions import Part
from gateway_sim.control_plane.events import DatasetWritten, HistoryVacuumed, WriteRefused

COLUMNS = pa.schema([("date", pa.string()), ("hour", pa.int32()), ("x", pa.int16()), ("landed_s", pa.float64())])


def rows(hour: int, *values: int, landed_s: float = 1.0) -> pa.Table:
    """Return rows of an hour of day-1."""
    named = [{"date": "day-1", "hour": hour, "x": value, "landed_s": landed_s} for value in values]
    return pa.Table.from_pylist(named, schema=COLUMNS)


@pytest.fixture
def told():
    """Give the list that the table's events are told to."""
    return []


@pytest.fixture
def table(tmp_path, told):
    """Give an empty table by date and hour."""
    made = Dataset(tmp_path, "feedback", emit=told.append)
    made.create(COLUMNS, by=["date", "hour"])
    return made


def xs(snapshot) -> list[int]:
    """Return what the column x holds."""
    return snapshot.rows()["x"].to_pylist()


def test_a_part_is_replaced_and_the_others_stay(table, told):
    """By the predicate."""
    table.open().append(rows(0, 1, 2))
    table.open().append(rows(1, 3))
    table.open().replace(rows(0, 4), "hour = 0")
    assert xs(table.open()) == [4, 3]
    assert told[-1] == DatasetWritten("feedback", 3, "hour = 0", 1)


@pytest.mark.parametrize("empty", [True, False], ids=["of an empty part", "of a part with rows"])
def test_the_second_of_two_writers_is_refused(table, told, empty):
    """Both opened the table before either wrote; nothing of the second's is left."""
    if not empty:
        table.open().append(rows(0, 7))
    first, second = table.open(), table.open()
    first.replace(rows(0, 1), "hour = 0")
    with pytest.raises(WriteConflict, match="hour = 0 of 'feedback' was written since version"):
        second.replace(rows(0, 2), "hour = 0")
    assert xs(table.open()) == [1]
    assert isinstance(told[-1], WriteRefused)


def test_writers_of_different_parts_do_not_meet(table):
    """Each keeps what it wrote."""
    first, second = table.open(), table.open()
    first.replace(rows(0, 1), "hour = 0")
    second.replace(rows(1, 2), "hour = 1")
    assert xs(table.open()) == [1, 2]


def test_a_version_is_read_again_as_it_was(table):
    """Whatever has been written since; the manifest is of what is in it, not of how it came there."""
    table.open().append(rows(0, 1))
    table.open().append(rows(1, 2))
    before = manifest(table.open().rows())
    table.open().replace(rows(1, 3), "hour = 1")
    assert manifest(table.open(2).rows()) == before != manifest(table.open().rows())
    table.open().remove("hour >= 0")
    table.open().append(pa.concat_tables([rows(1, 2), rows(0, 1)]))
    assert manifest(table.open().rows()) == before


def test_the_parts_are_told_from_the_log(table):
    """Rows are counted over the commits that brought them; the newest says when."""
    table.open().append(rows(0, 1, 2, landed_s=5.0))
    table.open().append(rows(0, 3, landed_s=9.0))
    table.open().append(rows(1, 4, landed_s=7.0))
    assert table.open().parts() == [Part("day-1", 0, 3, 9.0), Part("day-1", 1, 1, 7.0)]


def test_what_is_not_there_is_named(table, tmp_path):
    """A table, with those that there are; a version."""
    with pytest.raises(NoSuchTable, match="there is no table 'feedbck'; there are: feedback"):
        Dataset(tmp_path, "feedbck", emit=print).open()
    assert not (tmp_path / "feedbck").exists()
    with pytest.raises(VersionGone, match="table 'feedback' has no version 9"):
        table.open(9)


def test_a_vacuum_removes_what_neither_the_newest_nor_a_kept_version_has(table, told):
    """Of a version that was not kept the rows are gone, and a reader is told so."""
    table.open().append(rows(0, 1))
    table.open().replace(rows(0, 2), "hour = 0")
    table.open().replace(rows(0, 3), "hour = 0")
    table.vacuum(keep=[2])
    assert (xs(table.open(2)), xs(table.open())) == ([2], [3])
    with pytest.raises(VersionGone, match="version 1 of 'feedback' has lost files: they were vacuumed"):
        table.open(1).rows()
    assert told[-1] == HistoryVacuumed("feedback", 1, (2,))
    table.vacuum(keep=[])
    assert told[-1] == HistoryVacuumed("feedback", 1, ())
    assert xs(table.open()) == [3]


def test_an_hour_landed_with_its_newest_row_also_in_the_first_second(table):
    """The files of an hour are one part; 0.25 s is later than nothing."""
    table.open().append(rows(1, 5, landed_s=0.25))
    table.open().append(rows(2, 5, landed_s=7.0))
    table.open().append(rows(2, 6, 7, landed_s=3.0))
    assert table.open().parts() == [Part("day-1", 1, 1, 0.25), Part("day-1", 2, 3, 7.0)]
