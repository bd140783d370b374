"""The documents of searches: drawn worlds and their files, every order of a small world, mutations."""

from typing import NotRequired

from typing_extensions import TypedDict

from gateway_sim.scenarios.apps.documents.runs import BrokenPromise, RaceRun, TraceEntry, Violation
from gateway_sim.scenarios.judge.measure import Outcome
from gateway_sim.scenarios.judge.verdict import Verdict


class Act(TypedDict):
    """What happens to a drawn run, `delay_s` after step `after_step`; a figure that is 0 or empty is left out."""

    verb: str
    after_step: NotRequired[int]
    delay_s: NotRequired[float]
    for_s: NotRequired[float]
    by_s: NotRequired[float]
    route: NotRequired[str]


class DrawnWorld(TypedDict):
    """A drawn world; `race` is null where its story is to train one job. `settings` are those that were changed."""

    race: str | None
    seed: int
    balance: str
    settings: dict[str, float | int | str]
    acts: list[Act]


class Smallest(TypedDict):
    """The shrunk world of the first failing seed, what it broke, and the two files that hold it."""

    seed: int
    promise: str
    world: DrawnWorld
    plays: int
    outcome: Outcome
    violations: list[Violation]
    digest: str | None
    replay: str
    replay_file: str
    race_file: str


class FaultCount(TypedDict):
    """In how many worlds a fault was drawn, and in how many of them the run met it."""

    drawn: int
    met: int


class ShortestAnomaly(TypedDict):
    """The shortest witness of an anomaly, and the seed of its world."""

    seed: int
    message: str
    at_s: float
    witness: list[TraceEntry]


class AnomalyCount(TypedDict):
    """In how many worlds an anomaly was seen, and how many times in all."""

    worlds: int
    times: int
    shortest: ShortestAnomaly


class BrokenWorld(TypedDict):
    """A seed whose world broke a promise; `anomalies` counts its route anomalies."""

    seed: int
    outcome: str
    violations: list[BrokenPromise]
    faults: list[str]
    anomalies: dict[str, int]
    digest: str


class Diverged(TypedDict):
    """A seed that was played twice, and the first event that differed."""

    seed: int
    difference: str


class Crashed(TypedDict):
    """A seed whose world ended with an error of the laboratory."""

    seed: int
    error: str


class Exploration(TypedDict):
    """The findings of a search. `promises` counts the broken worlds of each; `stopped`: by Ctrl-C.

    For a story of orchestration, which has no pairing, the words of one are "-"; `parts` are the user's own, by port.
    """

    race: str | None
    client: str
    gateway: str
    sdk: str
    balance: str | None
    settings: dict[str, str]
    driver: str
    parts: dict[str, str]
    explored: int
    kept: int
    broken: int
    not_exercised: int
    promises: dict[str, int]
    faults: dict[str, FaultCount]
    played_twice: int
    anomalies: dict[str, AnomalyCount]
    violations: list[BrokenWorld]
    diverged: list[Diverged]
    crashed: list[Crashed]
    stopped: bool
    smallest: Smallest | None


class Outlook(TypedDict):
    """What a saved world did when it was saved."""

    verdict: Verdict
    promise: str | None
    digest: str


class Replayed(RaceRun):
    """The run of a saved world, and whether verdict and digest are the `same` as was saved."""

    world: DrawnWorld
    saved: Outlook
    same: bool


class Players(TypedDict):
    """The pairing of a saved world, with the settings of its policies."""

    client: str
    gateway: str
    sdk: str
    settings: dict[str, str]
    driver: str


class ReplayFile(TypedDict):
    """A saved world; `checksum` is the SHA-256 of the other fields as JSON with sorted keys."""

    kind: str
    version: int
    players: Players
    world: DrawnWorld
    expected: Outlook
    checksum: str


class ShortestOrder(TypedDict):
    """The shortest order that broke a promise, its number of events, and the command that plays it."""

    message: str
    at_s: float
    events: int
    order: str
    replay: str


class PromiseOfOrders(TypedDict):
    """In how many orders a promise was broken."""

    promise: str
    broken: int
    shortest: ShortestOrder | None


class EnumeratedPair(TypedDict):
    """A pair: how many orders were played, and how many kept every promise; orders that show each anomaly.

    `drawn` orders have a wait that chance drew, and the lag of `cut` orders was ended early; `whole`: there are none.
    """

    client: str
    gateway: str
    settings: dict[str, str]
    orders: int
    kept: int
    drawn: int
    cut: int
    whole: bool
    sentence: str
    promises: list[PromiseOfOrders]
    anomalies: dict[str, int]


class Enumeration(TypedDict):
    """Every pair, and how many of them broke a promise in some order."""

    pairs: list[EnumeratedPair]
    broken: int


class PlayedOrder(TypedDict):
    """One order of a small world: the promises that it broke, and its events."""

    client: str
    gateway: str
    order: str
    violations: list[BrokenPromise]
    digest: str
    trace: list[TraceEntry]


class Trial(TypedDict):
    """A part broken on purpose: the verdicts of its race with the part whole and broken, and whether it was caught.

    `race` may be a story of orchestration; `client` and `gateway` are then "-", and `settings` names the variant.
    """

    mutation: str
    summary: str
    part: str
    race: str
    client: str
    gateway: str
    settings: dict[str, str]
    seed: int
    whole: Verdict
    broken: Verdict
    promise: str
    broken_promises: list[str]
    caught: bool


class Mutants(TypedDict):
    """Every trial, and how many mutations were not caught."""

    trials: list[Trial]
    survived: int
