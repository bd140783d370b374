"""The documents of runs: of one race or story, of many seeds, and of a verification."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from gateway_sim.scenarios.apps.documents.records import extended
from gateway_sim.scenarios.judge.measure import Metrics, Outcome
from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.races import Expected
from gateway_sim.scenarios.run.result import RunError
from gateway_sim.scenarios.run.spec import GatewayProgram, Program


@with_config({"extra": "allow"})
class TraceEntry(TypedDict):
    """An event of a trace; its own fields are beside these, as in the schema of a trace."""

    at_s: float
    source: str
    event: str
    formerly: NotRequired[str]


class BrokenPromise(TypedDict):
    """A promise that was broken: in a sentence, and when. `formerly` is the old name of a renamed promise."""

    promise: str
    message: str
    at_s: float
    formerly: NotRequired[str]


class Violation(BrokenPromise):
    """A promise that a run broke, with the events that show it."""

    witness: list[TraceEntry]


class Anomaly(TypedDict):
    """A route anomaly of a run: how many times it happened, and the time with the shortest witness."""

    anomaly: str
    count: int
    message: str
    at_s: float
    witness: list[TraceEntry]


class _AnyRun(TypedDict):
    race: str
    engine: str
    seed: int
    settings: dict[str, str]
    program: Program | None
    own_gateway: GatewayProgram | None
    parts: dict[str, str]
    outcome: Outcome
    error: RunError | None
    verdict: Verdict
    expected: Expected | None
    violations: list[Violation]
    digest: str | None
    replay: str
    anomalies: list[Anomaly]


class RaceRun(_AnyRun):
    """The run of a race; `replay` is the command that runs it again. A live run has no digest."""

    client: str
    gateway: str
    sdk: str
    balance: str
    driver: str
    metrics: Metrics


StoryMetrics: Any = with_config({"extra": "allow"})(
    extended(
        "StoryMetrics",
        "The figures of a race, which say little of a story, and its damage; the damage's own figures are beside them.",
        Metrics,
        damage=float,
        damage_unit=str,
        damage_also=dict[str, float],
    )
)


class StoryRun(_AnyRun):
    """The run of a story of orchestration; it has no gateway, and until 0.3 the words of a race are "-"."""

    client: Literal["-"]
    gateway: Literal["-"]
    sdk: Literal["-"]
    balance: Literal["-"]
    driver: Literal["-"]
    metrics: StoryMetrics
    damage: str


Run = Annotated[StoryRun | RaceRun, Field(union_mode="left_to_right")]


class Runs(TypedDict):
    """The runs of many seeds, and how many of them completed and kept every promise.

    `stopped` is true after Ctrl-C, and where workers died or went away: `runs` are those until then.
    """

    runs: list[Run]
    finished: int
    kept: int
    stopped: bool


class QuestionOfThePr(TypedDict):
    """A row of PR 348's table: its claim, whether it holds (null: not run), why not, and each column's measurement."""

    question: str
    claim: str
    holds: bool | None
    why: str
    measured: dict[str, str]


class LostRace(TypedDict):
    """A race that a pair of policies loses, and how its run ended."""

    race: str
    client: str
    gateway: str
    outcome: str


class Recommended(TypedDict):
    """The policies to ship, and which of so many `races` are lost with both, with one alone, and with neither."""

    gateway: str
    client: str
    races: int
    together: list[LostRace]
    by_gateway_alone: list[LostRace]
    by_client_alone: list[LostRace]
    today: list[LostRace]


class Verification(TypedDict):
    """Every run, how many were not as expected, the table of PR 348 as these runs measured it, and what to ship.

    `recommended` is null unless every race was played, with and without a fix; `stopped` is true after Ctrl-C.
    """

    runs: list[Run]
    unexpected: int
    comparison: list[QuestionOfThePr]
    recommended: Recommended | None
    stopped: bool
