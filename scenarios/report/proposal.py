"""The proposal to the gateway's owners, written from the policy's answers and from runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.legs import Leg
from gateway_sim.miss_policies import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.judge.limits import PACED_PER_S
from gateway_sim.scenarios.judge.measure import ended_s
from gateway_sim.scenarios.report.other_statuses import status_sentences, status_table
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table
from gateway_sim.scenarios.run.matrix import VERIFIED, in_full
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import JobDeleted

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
    """Return the runs for the proposal's figures: the plain client with every SDK's behaviour."""
    return [
        in_full(RunSpec(race, "plain", gateway.name, sdk)) for sdk in PROFILES for gateway in VERIFIED for race in RACES
    ]


@dataclass(frozen=True)
class Contract:
    """The gateway's rule for a leg in one case: how long it holds a request, and its answer."""

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
    """Return the page, in Markdown, from the runs of `specs()` and the cells of `other_statuses`."""
    policy = LeasedGeneration()
    return render(
        "proposal.md",
        contract=contract_table(policy),
        runs=runs_table(results),
        kept_waiting=_kept_waiting(results),
        statuses=status_table(statuses),
        sentences=status_sentences(statuses),
        openapi=openapi(policy),
    )


def contract_table(policy: LeasedGeneration) -> Table:
    """Return a row for each leg in each case."""
    rows = []
    for rule in contract(policy):
        headers = ", ".join(f"`{name}: {value}`" for name, value in rule.answer.headers.items()) or "none"
        held = f"{rule.held_s:g} s" if rule.held_s else "no"
        rows.append((rule.case, rule.leg, held, str(rule.answer.status), headers, f"`{rule.answer.slug}`"))
    return Table(["what the table says", "leg", "held", "status", "headers", "problem type"], rows)


def runs_table(results: Sequence[RaceResult]) -> Table:
    """Return a row for each SDK and gateway, a column for each race."""
    found = {(r.sdk, r.gateway, bool(r.settings), r.race): r for r in results}
    rows = [
        (sdk, title, *(_cell(found[sdk, gateway.policy.name, bool(gateway.settings), race]) for race in RACES))
        for sdk in PROFILES
        for title, gateway in GATEWAYS
    ]
    return Table(["SDK", "gateway", *RACES], rows)


def _cell(run: RaceResult) -> Cell | str:
    peak = f", peak {run.metrics.peak_requests_per_s}" if run.metrics.peak_requests_per_s > PACED_PER_S else ""
    gone = next(run.trace.of(JobDeleted), None)
    if gone is not None:
        return f"told after {ended_s(run.trace) - gone.at_s:.1f} s{peak}"
    if run.error is None:
        return f"{run.outcome}{peak}"
    return Cell(f"{run.error.type} on {run.error.leg}", strong=True, note=peak.removeprefix(", "))


def _kept_waiting(results: Sequence[RaceResult]) -> str:
    """Return how long the callers of a deleted job wait if a gateway answers 503 to every unseen route."""
    waits_s = [
        ended_s(run.trace) - gone.at_s
        for run in results
        if run.gateway == "route-not-ready" and (gone := next(run.trace.of(JobDeleted), None)) is not None
    ]
    return f"{min(waits_s):.0f} to {max(waits_s):.0f} s"


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
