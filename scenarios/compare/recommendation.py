"""Which policies to ship, by the runs of a verification: what they keep together, and what each alone loses. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.spec import RunSpec

TODAYS_CLIENT: Final = "plain"
TODAYS_GATEWAY: Final = "not-found"


@dataclass(frozen=True)
class Loss:
    """A race that a pair loses: a promise was broken in a run of it, which the command `replay` plays again."""

    race: str
    client: str
    gateway: str
    outcome: str
    replay: str

    @property
    def look(self) -> str:
        """Return the command that plays it and draws it."""
        return f"{self.replay} --html {self.race}.html"


@dataclass(frozen=True)
class Recommendation:
    """The pair that keeps every promise in the most races, of `races`, and the races that are lost otherwise.

    `by_gateway_alone` has the gateway's policy with today's client, `by_client_alone` the client's behind today's
    gateway, `today` neither.
    """

    gateway: str
    client: str
    races: int
    together: Sequence[Loss]
    by_gateway_alone: Sequence[Loss]
    by_client_alone: Sequence[Loss]
    today: Sequence[Loss]

    def document(self) -> dict[str, Any]:
        """Return the recommendation as plain JSON values."""
        return asdict(self)


def recommendation(runs: Iterable[RaceResult]) -> Recommendation | None:
    """Return what to ship; None unless some pair other than today's was played in every race, and today's too.

    Of pairs that keep as many races the first is taken, in the order of the runs.
    """
    by_pair: dict[tuple[str, str], list[RaceResult]] = {}
    for run in runs:
        by_pair.setdefault((run.client, in_tables(run)), []).append(run)
    races = {run.race for of_pair in by_pair.values() for run in of_pair}
    whole = {pair: _lost(found) for pair, found in by_pair.items() if {run.race for run in found} == races}
    today = (TODAYS_CLIENT, TODAYS_GATEWAY)
    fixes = [pair for pair in whole if pair[0] != today[0] and pair[1] != today[1]]
    if not fixes or today not in whole:
        return None
    client, gateway = min(fixes, key=lambda pair: len(whole[pair]))
    alone = (TODAYS_CLIENT, gateway), (client, TODAYS_GATEWAY)
    if not set(alone) <= set(whole):
        return None
    by_gateway, by_client = (whole[pair] for pair in alone)
    return Recommendation(gateway, client, len(races), whole[client, gateway], by_gateway, by_client, whole[today])


def in_tables(run: RaceResult | RunSpec) -> str:
    """Return the name of a gateway's policy in tables, with a plus sign for settings."""
    return f"{run.gateway}+" if run.settings else run.gateway


def _lost(runs: Sequence[RaceResult]) -> list[Loss]:
    broken = {run.race: run for run in reversed(runs) if run.verdict == "broken"}
    ordered = dict.fromkeys(run.race for run in runs if run.race in broken)
    return [_loss(broken[race]) for race in ordered]


def _loss(run: RaceResult) -> Loss:
    return Loss(run.race, run.client, in_tables(run), _ended(run), run.replay)


def _ended(run: RaceResult) -> str:
    """Return how a run ended, in words: one that completed and broke a promise says which."""
    ended = run.outcome.replace("_", " ")
    if ended != "completed" or not run.violations:
        return ended
    return f"completed, but not: {run.violations[0].words}"
