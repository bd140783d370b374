"""No row is counted twice: the rows are compared with the distinct rows."""

from gateway_sim.scenarios.orchestration.promises.no_row_is_counted_twice import no_row_is_counted_twice
from gateway_sim.scenarios.orchestration.workloads.model_events import TableCounted


def test_rows_that_differ_keep_it(history, broken):
    """Even where some are missing: another promise covers that."""
    assert broken(no_row_is_counted_twice, history((1.0, TableCounted("rides", (3, 0), (3, 0), (3, 3))))) == []


def test_a_duplicated_row_breaks_it(history, broken):
    """In any part."""
    trace = history((1.0, TableCounted("rides", (3, 5), (3, 3), (3, 3))))
    assert broken(no_row_is_counted_twice, trace) == [(1.0, "2 of the 8 rows of rides are duplicates")]
