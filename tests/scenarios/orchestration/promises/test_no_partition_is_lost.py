"""No partition is lost: every part has as many different rows as were written to it."""

from gateway_sim.scenarios.orchestration.promises.no_partition_is_lost import no_partition_is_lost
from gateway_sim.scenarios.orchestration.workloads.model_events import TableCounted


def test_duplicated_rows_keep_it(history, broken):
    """Another promise covers them."""
    assert broken(no_partition_is_lost, history((1.0, TableCounted("rides", (3, 6), (3, 3), (3, 3))))) == []


def test_a_part_that_is_gone_or_short_breaks_it(history, broken):
    """Even if duplicates make up the number of rows."""
    trace = history((1.0, TableCounted("rides", (3, 4, 0), (3, 2, 0), (3, 3, 3))))
    assert broken(no_partition_is_lost, trace) == [(1.0, "2 of the 3 partitions of rides lack rows")]
