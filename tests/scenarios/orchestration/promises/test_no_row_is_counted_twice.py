"""No row is counted twice: rows are held against how many of them differ."""

from __future__ import annotations

from scenarios.orchestration.promises.no_row_is_counted_twice import no_row_is_counted_twice
from scenarios.orchestration.workloads.data_events import TableCounted


def test_rows_that_differ_keep_it(history, broken):
    """Even where some are missing: that is another promise's."""
    assert broken(no_row_is_counted_twice, history((1.0, TableCounted("rides", (3, 0), (3, 0), (3, 3))))) == []


def test_a_row_that_is_there_a_second_time_breaks_it(history, broken):
    """Wherever it is."""
    told = history((1.0, TableCounted("rides", (3, 5), (3, 3), (3, 3))))
    assert broken(no_row_is_counted_twice, told) == [(1.0, "2 of the 8 rows of rides are there a second time")]
