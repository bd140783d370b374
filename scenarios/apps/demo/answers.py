"""The answers of a gateway policy on each leg when its replica does not see the route of a pod."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import AskControlPlane, AskPrimary, Miss, MissPolicy, Refuse, Wait
from gateway_sim.problems import Problem
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.world.account import ACCOUNT, JOB

LEGS: Final[tuple[Leg, ...]] = ("connect", "dispatch", "poll", "heartbeat")
SPINS: Final = " The SDK polls again at once, without a pause."
FORWARDED: Final = "HTTP/1.1 200 OK\n\n… the pod's own answer"


@dataclass(frozen=True)
class LegAnswer:
    """On one leg: the gateway's actions as a sentence, and its answer while the replica sees no route.

    `spins`: the SDK sends the same request again at once, for as long as it gets this answer.
    """

    leg: str
    does: str
    status: int
    http: str
    spins: bool = False


def answers(policy: MissPolicy) -> list[LegAnswer]:
    """Ask the policy about each leg. Table and control plane know the pod; the replica sees no route."""
    return [_answer(policy, leg) for leg in LEGS]


def _answer(policy: MissPolicy, leg: Leg) -> LegAnswer:
    miss, did = Miss(RouteKey(ACCOUNT, JOB), leg, 0.0, None), []
    while True:
        match policy.on_miss(miss):
            case Wait(for_s):
                miss = Miss(miss.key, leg, miss.waited_s + for_s, None)
            case AskControlPlane():
                did.append("asks the control plane, which says RUNNING")
                miss = replace(miss, liveness="running")
            case AskPrimary():
                did.append("reads the table itself, once, and finds the route")
                return LegAnswer(leg, _sentence([*did, "forwards"]), 200, FORWARDED)
            case Refuse() as refused:
                if miss.waited_s:
                    did.append(f"holds the request for up to {miss.waited_s:g} s, in case it sees the route")
                # the loop that fetches a result heeds no Retry-After (docs/reference/protocol.md §4.3)
                spins = leg == "poll" and refused.status >= 500 and not miss.waited_s
                does = _sentence([*did, f"answers {refused.status}"]) + (SPINS if spins else "")
                return LegAnswer(leg, does, refused.status, _http(refused), spins)


def _sentence(did: list[str]) -> str:
    # a policy repeats its questions after a wait
    return "The gateway " + ", then ".join(dict.fromkeys(did)) + "."


def _http(refused: Refuse) -> str:
    problem = Problem(refused.status, refused.slug, refused.title, refused.detail, refused.headers, refused.extra)
    headers = {"content-type": "application/problem+json", "cache-control": "no-store", **refused.headers}
    head = "\n".join(f"{name.lower()}: {value}" for name, value in headers.items())
    return f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}\n{head}\n\n{problem.body().decode()}"
