"""What the gateway does next about a request, given what it has seen of the route so far. Pure."""

from dataclasses import replace
from typing import NamedTuple

from gateway_sim.miss_policies.answers import Answer, AskPrimary, Miss, MissPolicy, Refuse
from gateway_sim.route_table import Route


class Forward(NamedTuple):
    """Send it to the pod at `address`, as of `generation`. A tuple, for every request makes one."""

    address: str
    generation: int


def forward(route: Route | None, at_least: int = 0) -> Forward | None:
    """Return where a request that needs generation `at_least` or newer (0: any) is sent; None: the route is missed.

    | seen                          | then    |
    | ----------------------------- | ------- |
    | nothing                       | missed  |
    | a tombstone                   | missed  |
    | PENDING, its pod on the way   | missed  |
    | READY, older than asked for   | missed  |
    | READY                         | Forward |
    """
    if route is None or route.state != "READY" or route.generation < at_least:
        return None
    return Forward(route.address, route.generation)


def next_step(policy: MissPolicy, miss: Miss, at_least: int, stray: Forward | None = None) -> Forward | Answer:
    """Decide on a request whose route was missed, or led astray to `stray`, given what was seen since then.

    | `miss.seen`                                | the policy answers           | then                       |
    | ------------------------------------------ | ---------------------------- | -------------------------- |
    | can be forwarded to, and is not `stray`    | is not asked                 | Forward                    |
    | is `stray`                                 | is told so by `miss.stray`   | its answer, as below       |
    | is missed, and a strong read failed before | AskPrimary, again            | Refuse 503 no-strong-read  |
    | is missed                                  | Wait, AskPrimary, Refuse ... | its answer                 |
    """
    target = forward(miss.seen, at_least)
    if target is not None and target != stray:
        return target
    answer = policy.on_miss(replace(miss, stray=target is not None))
    if isinstance(answer, AskPrimary) and miss.unreadable:
        # a policy that insists would ask for ever
        return Refuse(503, "no-strong-read", "Route unknown", miss.unreadable)
    return answer
