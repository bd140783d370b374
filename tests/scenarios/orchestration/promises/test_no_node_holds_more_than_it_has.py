"""No node holds more than it has."""

import pytest

from gateway_sim.control_plane.events import ClusterOpened, WorkEnded, WorkPlaced
from gateway_sim.scenarios.orchestration.promises.no_node_holds_more_than_it_has import no_node_holds_more_than_it_has


@pytest.mark.parametrize(("gpus", "sentences"), [(1, []), (2, [(0.0, "a of c is 1 GPUs short of what runs on it")])])
def test_three_jobs_gpus_do_not_fit_on_two(history, broken, gpus, sentences):
    """One and one do; one and two do not."""
    trace = history(
        (0.0, ClusterOpened("c", (("a", 2),))),
        (0.0, WorkPlaced("c", "x", "a", 1)),
        (0.0, WorkPlaced("c", "y", "a", gpus)),
        (60.0, WorkEnded("c", "y")),
    )
    assert broken(no_node_holds_more_than_it_has, trace) == sentences
