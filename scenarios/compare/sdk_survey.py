"""The real SDKs, unmodified, in every race under every gateway in virtual time: which runs finish, how others end.

Each SDK trains as it is published, without a client policy.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gateway_sim.scenarios import races
from gateway_sim.scenarios.compare.pair_summary import shares
from gateway_sim.scenarios.compare.tournament import ENDED, Score
from gateway_sim.scenarios.compare.warm_up_costs import Row, comparison, measuring
from gateway_sim.scenarios.judge.wilson import wilson
from gateway_sim.scenarios.run.matrix import by_sdk, gateways
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.policies import BALANCES


@dataclass(frozen=True)
class SdkUnderGateway:
    """One SDK's runs under one gateway, in the races whose job lives.

    `finished` of `runs` reached their end: a `share` with its 95 % Wilson interval from `low` to `high`. `endings`
    counts the others by the exception's class, or by the outcome where no exception was raised. `peak` is the most
    requests for one future within a second; `twice` counts steps that were applied twice.
    """

    sdk: str
    gateway: str
    runs: int
    finished: int
    share: float
    low: float
    high: float
    endings: dict[str, int]
    peak: int
    twice: int


def specs(sdks: Sequence[str], seeds: int, chosen: Sequence[str] = ()) -> list[RunSpec]:
    """Return every run: SDK by SDK, each race that its driver can follow, each gateway, both balances, each seed.

    Balancers pick replicas at random. Raises `UnknownWord` for a race.
    """
    played = [check("race", name, races.known(name)) for name in chosen] or races.names()
    alone = [
        RunSpec(race, gateway=gateway.name, balance=balance, seed=seed, settings={"order": "random"})
        for race, gateway, balance, seed in itertools.product(played, gateways(), BALANCES, range(seeds))
    ]
    return [spec for sdk in sdks for spec in by_sdk(alone, sdk)]


def questions_of(sdk: str) -> list[Row]:
    """Return the table of PR 348, measured with the SDK itself."""
    return comparison(run_plans([race_plan(spec) for spec in by_sdk(measuring(), sdk)]))


def summaries(found: Iterable[Score]) -> list[SdkUnderGateway]:
    """Return a summary for each SDK and gateway, in the order in which they were played."""
    by_pair: dict[tuple[str, str], list[Score]] = {}
    for score in found:
        if score.race not in ENDED:
            by_pair.setdefault((score.sdk, score.gateway), []).append(score)
    return [_summary(sdk, gateway, of_pair) for (sdk, gateway), of_pair in by_pair.items()]


def _summary(sdk: str, gateway: str, of_pair: Sequence[Score]) -> SdkUnderGateway:
    finished = sum(score.finished for score in of_pair)
    low, high = wilson(finished, len(of_pair))
    endings = Counter(score.error or score.outcome for score in of_pair if not score.finished)
    return SdkUnderGateway(
        sdk,
        gateway,
        len(of_pair),
        finished,
        round(finished / len(of_pair), 6),
        round(low, 6),
        round(high, 6),
        dict(endings.most_common()),
        max(score.peak for score in of_pair),
        sum(score.twice for score in of_pair),
    )


def shares_by_sdk(found: Iterable[Score]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each SDK, and for each race and gateway how many of its runs finished."""
    for sdk, of_sdk in groupby(found, key=lambda score: score.sdk):
        yield sdk, shares(of_sdk)
