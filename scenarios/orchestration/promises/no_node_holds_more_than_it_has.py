"""A GPU can be given to one job only."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.occupancy import changed, clusters, stretches
from gateway_sim.scenarios.sim.trace import Trace


def no_node_holds_more_than_it_has(trace: Trace) -> Iterator[Violation]:
    """No node holds more than it has: the jobs on it never use more GPUs than it has."""
    for cluster in clusters(trace):
        for stretch in stretches(trace, cluster):
            for node, idle in stretch.idle.items():
                if idle < 0:
                    shown = changed(trace, cluster, stretch.since_s)
                    message = f"{node} of {cluster} is {-idle} GPUs short of what runs on it"
                    yield Violation(message, stretch.since_s, shown)
