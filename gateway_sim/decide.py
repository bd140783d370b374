"""Decides the gateway's next step for a request, from the state of its route seen so far. Pure."""

from dataclasses import replace
from typing import NamedTuple

from gateway_sim.miss_policies.answers import Answer, AskPrimary, Miss, MissPolicy, Refuse
from gateway_sim.route_table import Route


class Forward(NamedTuple):
    """Send the request to the pod at `address`, of `generation`. A tuple, since each request makes one."""

    address: str
    generation: int


def forward(route: Route | None, at_least: int, spared: bool = False) -> Forward | None:
    """Return the target of a request that needs generation `at_least` or newer (0: any); None for a miss.

    A request is `spared` a draining pod if it begins a run and the gateway sends no new run there.

    | seen                          | then    |
    | ----------------------------- | ------- |
    | nothing                       | missed  |
    | a tombstone                   | missed  |
    | PENDING, its pod is starting  | missed  |
    | READY, older than `at_least`  | missed  |
    | EXPIRED, its lease has ended  | missed  |
    | READY and draining, `spared`  | missed  |
    | READY and draining            | Forward |
    | READY                         | Forward |
    """
    if route is None or route.state != "READY" or route.generation < at_least or (spared and route.draining):
        return None
    return Forward(route.address, route.generation)


def next_step(policy: MissPolicy, miss: Miss, at_least: int, stray: Forward | None = None) -> Forward | Answer:
    """Decide on a request whose route was missed, or whose first target `stray` was wrong.

    | `miss.seen`                                | the policy answers           | then                       |
    | ------------------------------------------ | ---------------------------- | -------------------------- |
    | can be forwarded to, and is not `stray`    | is not asked                 | Forward                    |
    | is `stray`                                 | is asked with `miss.stray`   | its answer, as below       |
    | is missed, and a strong read failed before | AskPrimary, again            | Refuse 503 no-strong-read  |
    | is missed                                  | Wait, AskPrimary, Refuse ... | its answer                 |
    """
    target = forward(miss.seen, at_least, miss.begins_run)
    if target is not None and target != stray:
        return target
    answer = policy.on_miss(replace(miss, stray=target is not None))
    if isinstance(answer, AskPrimary) and miss.unreadable:
        # otherwise a policy that repeats AskPrimary would loop for ever
        return Refuse(503, "no-strong-read", "Route unknown", miss.unreadable)
    return answer
