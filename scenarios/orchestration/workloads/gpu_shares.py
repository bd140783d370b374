"""Pods placed one after another until they have asked for all GPUs of a cluster: what stays free. Pure."""

import random
from collections import Counter
from collections.abc import Sequence

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.rooms import Rooms
from gateway_sim.control_plane.scheduling.shares import Node, Pod


def unallocated(
    nodes: Sequence[Node], pods: Sequence[Pod], placement: Placement, rng: random.Random, *, demand: float = 1.0
) -> float:
    """Return the share of GPUs that is free once pods in random order have asked for `demand` times all of them.

    A pod that fits on no node is dropped. "least-fragmenting" expects later pods to be as in `pods`.
    """
    rooms = Rooms({f"node-{n}": node for n, node in enumerate(nodes)}, placement)
    rooms.expect(Counter(pods))
    whole, asked = rooms.free, 0
    for pod in rng.sample(list(pods), len(pods)):
        if asked + pod.asks > demand * whole:
            continue
        asked += pod.asks
        place = rooms.pick(pod, rng.random())
        if place is not None:
            rooms.take(place[0], pod, place[1])
        if asked == whole:
            break
    return rooms.free / whole
