"""A gateway replica that forgets what a strong read has told it, and so meets the dead address with every request."""

from gateway_sim.replicas import Replica
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "gateway replica"
guards = [
    Guard(
        "ghost-address",
        "plain",
        "leased-generation",
        "no request is sent to an address that is not the jobs",
    )
]
break_it = returning(Replica, "learn", None)
