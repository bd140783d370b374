"""A user thinks longer than a load balancer keeps an idle connection: the next request on it is reset.

The client's pool would keep the connection for longer, and is not told of its end.
"""

from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, connect_at_once
from gateway_sim.scenarios.sim.wire_events import IdleConnectionReset
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/connections.md; AWS: a Network Load Balancer answers a packet of a flow that it has forgotten with a RST"
settings = Settings(think_s=1.0, reset_idle_s=0.5)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [IdleConnectionReset]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Every SDK sends a call again whose connection was reset, and the pod knows the repeat by its `seq_id`."""
    return "kept"
