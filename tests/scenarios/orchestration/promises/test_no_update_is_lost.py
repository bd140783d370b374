"""No update is lost: every row of a table has its newest content."""

from gateway_sim.scenarios.orchestration.promises.no_update_is_lost import no_update_is_lost
from gateway_sim.scenarios.orchestration.workloads.model_events import RowsCompared


def test_rows_of_the_newest_content_keep_it(history, broken):
    """In each part."""
    assert broken(no_update_is_lost, history((1.0, RowsCompared("rides", (0, 0))))) == []


def test_one_older_row_breaks_it(history, broken):
    """The message counts rows and parts."""
    trace = history((1.0, RowsCompared("rides", (0, 2, 1))))
    assert broken(no_update_is_lost, trace) == [(1.0, "3 rows in 2 partitions of rides have an older content")]
