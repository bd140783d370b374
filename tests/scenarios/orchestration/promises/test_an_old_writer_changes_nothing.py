"""An old writer changes nothing: neither `latest` nor what its successor wrote."""

from gateway_sim.scenarios.orchestration.promises.an_old_writer_changes_nothing import an_old_writer_changes_nothing
from gateway_sim.scenarios.orchestration.workloads.events import (
    CheckpointWritten,
    LatestPointed,
    WriteFenced,
    WriterTookOver,
)

BEGAN = [(0.0, WriterTookOver(1)), (10.0, CheckpointWritten(1, "step-2")), (11.0, LatestPointed(1, "step-2"))]
SUCCESSOR = [(20.0, WriterTookOver(2)), (30.0, CheckpointWritten(2, "step-4")), (31.0, LatestPointed(2, "step-4"))]


def test_writers_in_turn_and_an_old_one_that_is_refused_keep_it(history, broken):
    """A name of its own harms no other writer, and a successor may write over what is there."""
    own = [(40.0, CheckpointWritten(1, "step-4-of-1")), (41.0, WriteFenced(1, "another one took over"))]
    again = [(50.0, CheckpointWritten(2, "step-2")), (51.0, LatestPointed(2, "step-2"))]
    assert broken(an_old_writer_changes_nothing, history(*BEGAN, *SUCCESSOR, *own, *again)) == []


def test_an_old_writer_that_moves_latest_breaks_it(history, broken):
    """From the takeover on, also before the successor has saved."""
    late = (25.0, LatestPointed(1, "step-4"))
    assert broken(an_old_writer_changes_nothing, history(*BEGAN, SUCCESSOR[0], late)) == [
        (25.0, "writer 1 moved latest to step-4 after writer 2 took over")
    ]


def test_an_old_writer_that_overwrites_its_successors_checkpoint_breaks_it(history, broken):
    """Whatever `latest` names."""
    late = (40.0, CheckpointWritten(1, "step-4"))
    assert broken(an_old_writer_changes_nothing, history(*BEGAN, *SUCCESSOR, late)) == [
        (40.0, "writer 1 overwrote step-4 of writer 2")
    ]


def test_a_report_of_an_old_takeover_that_comes_late_makes_no_new_writer_of_it(history, broken):
    """The second writer stays the newest."""
    late = [(24.0, WriterTookOver(1)), (25.0, LatestPointed(1, "step-4"))]
    assert broken(an_old_writer_changes_nothing, history(*BEGAN, SUCCESSOR[0], *late)) == [
        (25.0, "writer 1 moved latest to step-4 after writer 2 took over")
    ]
