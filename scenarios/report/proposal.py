"""The proposal to the gateway's owners, written from the policy's own answers and from runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from client.sdk.profiles import PROFILES
from gateway_sim.legs import Leg
from gateway_sim.miss_policies import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.route_table import Route, RouteKey
from scenarios.compare.conformance.cell import Found
from scenarios.judge.limits import PACED_PER_S
from scenarios.judge.measure import ended_s
from scenarios.report.other_statuses import status_sentences, status_table
from scenarios.run.matrix import VERIFIED, in_full
from scenarios.run.result import RaceResult
from scenarios.run.spec import RunSpec
from scenarios.sim.events import JobDeleted

KEY: Final = RouteKey("account", "job")
RACES: Final = ("fresh-route", "mid-training-flap", "incident-344", "job-deleted")
TITLES: Final = ("today: 404", "503 alone", "503, Retry-After, polls held", "the whole contract")
GATEWAYS: Final = tuple(zip(TITLES, VERIFIED, strict=True))
CASES: Final[tuple[tuple[str, Route | None, str], ...]] = (
    ("the pod is on its way", Route(KEY.account, KEY.job, 2, "PENDING", ""), ""),
    ("nothing can be read strongly", None, "no strong read"),
    ("the route is a tombstone", Route(KEY.account, KEY.job, 1, "TOMBSTONE", ""), ""),
    ("there never was a route", None, ""),
)


def specs() -> list[RunSpec]:
    """Return the runs that the proposal's figures come from: the SDKs alone, unmodified."""
    return [
        in_full(RunSpec(race, "plain", gateway.name, sdk)) for sdk in PROFILES for gateway in VERIFIED for race in RACES
    ]


@dataclass(frozen=True)
class Contract:
    """What the gateway does with a request of a leg in one case: how long it keeps it, and how it answers then."""

    leg: str
    case: str
    held_s: float
    answer: Refuse


def contract(policy: LeasedGeneration) -> Iterator[Contract]:
    """Ask the policy about every leg in every case."""
    for case, seen, unreadable in CASES:
        for leg in get_args(Leg):
            waited_s, answer = 0.0, policy.on_miss(_miss(leg, 0.0, seen, unreadable))
            while isinstance(answer, Wait):
                waited_s += answer.for_s
                answer = policy.on_miss(_miss(leg, waited_s, seen, unreadable))
            assert not isinstance(answer, AskPrimary)
            yield Contract(leg, case, waited_s, answer)


def _miss(leg: Leg, waited_s: float, seen: Route | None, unreadable: str) -> Miss:
    return Miss(KEY, leg, waited_s, seen, asked_primary=not unreadable, unreadable=unreadable)


def proposal(results: Sequence[RaceResult], statuses: Sequence[Found]) -> str:
    """Return the page, in Markdown, from the runs of `specs()` and what each SDK made of each status."""
    policy = LeasedGeneration()
    lines = [
        "# A gateway that says what it knows: `route_not_ready`, `route_gone`, `route_unknown`",
        "",
        "Written by `gateway-sim proposal`; every figure is of a run that the command has just made.",
        "",
        "A trainer that is RUNNING may be unknown to some gateway replica for seconds. Today's answer is 404, which",
        "the SDKs take as final. We ask for four answers instead of one, and for a wait where it can be bounded.",
        "",
        "## The contract, leg by leg",
        "",
        "On a miss, on an older generation than the request asks for (`x-route-generation`), and where a pod is not at",
        "its address or answers 421, the gateway makes one coalesced strongly consistent read. A READY route is",
        "forwarded to, and the replica learns it. All else is answered so, with `Cache-Control: no-store`:",
        "",
        "| what the table says | leg | held | status | headers | problem type |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_contract_row(rule) for rule in contract(policy)),
        "",
        "A read unit is spent on a miss only: 1 for the strong read beside the 0.5 that every lookup costs.",
        "",
        "## Why, in runs of the SDKs as they are",
        "",
        "Each cell is one run of an SDK's measured behaviour in virtual time, with seed 0, balanced by connection.",
        "`peak` is the most requests within one second for any one future; "
        f"it is told where it is above {PACED_PER_S}.",
        "",
        "| SDK | gateway | " + " | ".join(RACES) + " |",
        "| --- | --- |" + " --- |" * len(RACES),
        *_rows(results),
        "",
        _kept_waiting(results),
        "",
        "## Why 503, and no other status",
        "",
        "What comes of an answer that is given for a while to one request of a run, and then no more; in virtual time,",
        "by each SDK's measured behaviour. What the SDKs themselves did stands in `docs/conformance.md`.",
        "",
        *status_table(statuses),
        "",
        *status_sentences(statuses),
        "* 410 is fatal, and so it may be said of what is gone: `gone_status=410` makes even a client that retries any",
        "  404 fail at once (`gateway-sim tournament`).",
        "",
        "## Problem types",
        "",
        "| type | status | means |",
        "| --- | --- | --- |",
        "| `urn:gateway-sim:route-not-ready` | 503 | nothing final is known; come back after `Retry-After` |",
        "| `urn:gateway-sim:route-gone` | 404 | the route was withdrawn at the generation that the detail names |",
        "| `urn:gateway-sim:route-unknown` | 404 | there is no such route and there never was |",
        "",
        "## OpenAPI fragment",
        "",
        "```json",
        json.dumps(openapi(policy), indent=2),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _kept_waiting(results: Sequence[RaceResult]) -> str:
    """Return how long a gateway that says 503 of whatever it does not see keeps the callers of a deleted job."""
    waits_s = [
        ended_s(run.trace) - gone.at_s
        for run in results
        if run.gateway == "route-not-ready" and (gone := next(run.trace.of(JobDeleted), None)) is not None
    ]
    kept = f"{min(waits_s):.0f} to {max(waits_s):.0f} s"
    return f"* 503 for whatever is not seen keeps the caller of a deleted job for {kept}."


def openapi(policy: LeasedGeneration) -> dict[str, Any]:
    """Return the answers as an OpenAPI 3.1 components fragment."""
    found: dict[str, Any] = {}
    for rule in contract(policy):
        name = "".join(word.capitalize() for word in rule.answer.slug.split("-"))
        found[name] = {
            "description": rule.answer.title,
            "headers": {
                header: {"schema": {"type": "string"}, "example": value}
                for header, value in {**rule.answer.headers, "Cache-Control": "no-store"}.items()
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "x-status": rule.answer.status,
        }
    properties = {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "queue_state": {"type": "string", "enum": ["route_not_ready"]},
    }
    required = ["type", "title", "status", "detail"]
    problem = {"type": "object", "properties": properties, "required": required}
    return {"components": {"responses": found, "schemas": {"Problem": problem}}}


def _contract_row(rule: Contract) -> str:
    headers = ", ".join(f"`{name}: {value}`" for name, value in rule.answer.headers.items()) or "none"
    held = f"{rule.held_s:g} s" if rule.held_s else "no"
    return f"| {rule.case} | {rule.leg} | {held} | {rule.answer.status} | {headers} | `{rule.answer.slug}` |"


def _rows(results: Sequence[RaceResult]) -> Iterator[str]:
    found = {(r.sdk, r.gateway, bool(r.settings), r.race): r for r in results}
    for sdk in PROFILES:
        for title, gateway in GATEWAYS:
            runs = [found[sdk, gateway.policy.name, bool(gateway.settings), race] for race in RACES]
            yield f"| {sdk} | {title} | " + " | ".join(_cell(run) for run in runs) + " |"


def _cell(run: RaceResult) -> str:
    peak = f", peak {run.metrics.peak_requests_per_s}" if run.metrics.peak_requests_per_s > PACED_PER_S else ""
    gone = next(run.trace.of(JobDeleted), None)
    if gone is not None:
        return f"told after {ended_s(run.trace) - gone.at_s:.1f} s{peak}"
    if run.error is None:
        return f"{run.outcome}{peak}"
    return f"**{run.error.type} on {run.error.leg}**{peak}"
