"""The documents of comparisons: tournament, warm-up, proposal, real SDKs, the contract."""

from typing import Any, Literal

from typing_extensions import TypedDict

from gateway_sim.scenarios.apps.documents import schema_word
from gateway_sim.scenarios.apps.documents.records import extended, fields_of
from gateway_sim.scenarios.apps.documents.runs import QuestionOfThePr, RaceRun
from gateway_sim.scenarios.compare.claims import Claim
from gateway_sim.scenarios.compare.conformance.cell import Applied, Found
from gateway_sim.scenarios.compare.contract.clause import Finding
from gateway_sim.scenarios.compare.pair_summary import PairSummary
from gateway_sim.scenarios.compare.sdk_survey import SdkUnderGateway
from gateway_sim.scenarios.compare.surface import Called

Standing: Any = extended(
    "Standing",
    """A pair's shares with their 95 % intervals, and its prices in seconds and requests a run.

    `alive` counts the runs whose job lived; of these, `finished` completed, `kept` kept every promise,
    `unexercised` did not reach the events of their race. `broken_by_gateway` finished and broke one promise,
    which only a gateway can keep. `pod_` figures leave out the races in which the pod dies, or gateway or pod is
    overloaded. `front`: on the Pareto front. `told_s` is the longest time from a deletion to the run's error.
    """,
    PairSummary,
    told_s=float | None,
)


class Share(TypedDict):
    """How many runs of a race finished under a pair."""

    race: str
    client: str
    gateway: str
    finished: int
    runs: int


class Tournament(TypedDict):
    """Every pair on the same seeds: the table of PR 348, the standings, best first, the claims, and each race."""

    seeds: int
    runs: int
    comparison: list[QuestionOfThePr]
    standings: list[Standing]
    claims: list[Claim]
    races: list[Share]
    stopped: bool


class SdkShare(Share):
    """How many runs of a race finished with an SDK under a gateway."""

    sdk: str


class SdkSurface(TypedDict):
    """Every public method of the SDKs' classes, called in virtual time, SDK by SDK.

    `obscure` counts the methods that neither work nor are refused in a sentence.
    """

    obscure: int
    methods: list[Called]
    stopped: bool


class SdkSurvey(TypedDict):
    """The real SDKs in virtual time: the table of PR 348 by SDK, each SDK under each gateway, and each race."""

    seeds: int
    runs: int
    comparisons: dict[str, list[QuestionOfThePr]]
    gateways: list[SdkUnderGateway]
    races: list[SdkShare]
    stopped: bool


class Warmup(TypedDict):
    """How often `probes` successes in a row lie, computed and simulated, and how many are needed for `rate`."""

    replicas: int
    balance: str
    law: str
    lag_s: float
    gap_s: float
    probes: int
    false_readiness: float
    simulated: float | None
    runs: int
    agrees: bool
    rate: float
    probes_needed: int | None
    coverage_probes: int


class Proposal(TypedDict):
    """The page of the proposal as Markdown, and the runs behind its figures."""

    runs: list[RaceRun]
    page: str


Cell: Any = extended(
    "Cell",
    """A measured cell: what an SDK does at a place with an answer. Times are seconds from the first request there.

    `heeds_retry_after` is null where no Retry-After was sent or no request followed; `times_done` says how often the
    pod did the operation, where the answer came after the work.
    """,
    Found,
    heeds_retry_after=bool | None,
    times_done=int | None,
)


class Apart(TypedDict):
    """A cell in which the SDK and its profile differ."""

    measured: Found
    profile: Found


class ApartLive(TypedDict):
    """A cell in which the SDK does one thing live and another in virtual time."""

    live: Found
    virtual: Found


class Conformance(TypedDict):
    """Every measured cell; each fault lasted `hold_s` seconds.

    `live` names the cells (SDK, place, answer) that were measured live beside the virtual engine.
    """

    hold_s: float
    engine: str
    cells: list[Cell]
    profiles_apart: list[Apart]
    live: list[tuple[str, str, str]]
    live_apart: list[ApartLive]


class CellsHeader(TypedDict):
    """The first line of a file of cells: how long each fault lasted, and the packages of each SDK."""

    schema: Literal[schema_word("cells")]  # type: ignore[valid-type]
    hold_s: float
    sdks: dict[str, str]


def _values(kind: type[Any], **known: Any) -> Any:
    """Return the type of a list of a dataclass's values, in the order of its fields."""
    return tuple.__class_getitem__(tuple((fields_of(kind) | known).values()))


CELL_LINE = CellsHeader | _values(Found, applied=_values(Applied))
"""A line of a file of cells: the header, then for each cell a list of the values of `Found`."""


class GatewayUnderContract(TypedDict):
    """A gateway's result in each clause of the contract, and how many have which; `saw` is empty where one holds."""

    gateway: str
    holds: int
    missed: int
    not_applicable: int
    clauses: list[Finding]


class Contract(TypedDict):
    """The gateways that were held to the contract."""

    gateways: list[GatewayUnderContract]


class PartUnderContract(TypedDict):
    """A part's result in each clause of its port's contract, with counts; `saw` is empty where a clause holds."""

    part: str
    holds: int
    missed: int
    not_applicable: int
    clauses: list[Finding]


class PortContract(TypedDict):
    """The parts that were held to the contract of a port."""

    port: str
    parts: list[PartUnderContract]


class ComparedRun(TypedDict):
    """The same race with the SDK's profile, with the SDK in virtual time, and live (null where it was not played).

    `beside` is a first live run that disagreed beside others, or null.
    """

    agree: bool
    virtual: RaceRun
    guest: RaceRun | None
    live: RaceRun | None
    beside: RaceRun | None


class Parity(TypedDict):
    """Every pair of runs, how many differ, and the commands of those that take too long live."""

    pairs: list[ComparedRun]
    apart: int
    left_out: list[str]
