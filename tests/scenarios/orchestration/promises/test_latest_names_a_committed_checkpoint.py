"""Latest names a committed checkpoint, at every moment."""

from gateway_sim.scenarios.orchestration.promises.latest_names_a_committed_checkpoint import (
    latest_names_a_committed_checkpoint,
)
from gateway_sim.scenarios.orchestration.workloads.events import LatestMoved, SaveCommitted


def test_it_may_follow_a_save_and_not_lead_it(history, broken):
    """A save that becomes whole later does not heal the moment."""
    saved, moved = SaveCommitted(4), LatestMoved(4)
    assert broken(latest_names_a_committed_checkpoint, history((1.0, saved), (1.0, moved))) == []
    assert broken(latest_names_a_committed_checkpoint, history((1.0, moved), (2.0, saved))) == [
        (1.0, "latest moved to step 4 before its save was complete")
    ]
