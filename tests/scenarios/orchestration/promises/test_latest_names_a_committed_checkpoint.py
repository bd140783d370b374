"""Latest names a committed checkpoint, at every moment."""

from gateway_sim.scenarios.orchestration.promises.latest_names_a_committed_checkpoint import (
    latest_names_a_committed_checkpoint,
    named_early,
)
from gateway_sim.scenarios.orchestration.workloads.events import LatestMoved, SaveCommitted


def test_it_may_follow_a_save_and_not_lead_it(history, broken):
    """A save that becomes whole later does not heal the moment."""
    saved, moved = SaveCommitted(4), LatestMoved(4)
    assert broken(latest_names_a_committed_checkpoint, history((1.0, saved), (1.0, moved))) == []
    assert broken(latest_names_a_committed_checkpoint, history((1.0, moved), (2.0, saved))) == [
        (1.0, "latest moved to step 4 before its save was complete")
    ]


def test_the_steps_that_were_named_too_early_are_those_since_the_last_checkpoint(history):
    """Two, then one; a step that is saved again is a checkpoint already."""
    trace = history(
        (1.0, LatestMoved(2)), (2.0, SaveCommitted(2)), (3.0, LatestMoved(2)), (4.0, LatestMoved(3)),
        (5.0, SaveCommitted(3)), (6.0, SaveCommitted(4)), (6.0, LatestMoved(4)),
    )  # fmt: skip
    assert [(entry.event.step, steps) for entry, steps in named_early(trace)] == [(2, 2), (3, 1)]
