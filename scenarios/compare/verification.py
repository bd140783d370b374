"""A verification: every race under its pairs, every story in its variants, and which were not as expected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway_sim.scenarios import races
from gateway_sim.scenarios.compare.recommendation import Recommendation, in_tables, recommendation
from gateway_sim.scenarios.compare.warm_up_costs import Row, comparison
from gateway_sim.scenarios.run import matrix
from gateway_sim.scenarios.run.result import RaceResult, RunResult, StoryResult, by_kind
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import check


@dataclass(frozen=True)
class Verification:
    """The results of a verification, in the order of its runs."""

    results: Sequence[RunResult]

    @property
    def held(self) -> bool:
        """Whether each fix held, and each race broke, where it should."""
        return not self.unexpected

    @cached_property
    def unexpected(self) -> list[RunResult]:
        """The runs whose verdict is not the expected one."""
        return [result for result in self.results if not result.as_expected]

    @property
    def raced(self) -> list[RaceResult]:
        """The runs of races."""
        return by_kind(self.results)[0]

    @property
    def staged(self) -> list[StoryResult]:
        """The runs of stories of orchestration."""
        return by_kind(self.results)[1]

    @cached_property
    def recommended(self) -> Recommendation | None:
        """Which policies to ship; None unless these runs are of every race, with and without a fix."""
        played = {result.race for result in self.raced}
        return recommendation(self.raced) if played >= set(races.names()) else None

    @cached_property
    def comparison(self) -> list[Row]:
        """The rows of PR 348's table, as these runs measured them."""
        return comparison(self.raced)

    def document(self) -> dict[str, Any]:
        """Return the verification as plain JSON values."""
        return {
            "runs": [result.document() for result in self.results],
            "unexpected": len(self.unexpected),
            "comparison": [row.document() for row in self.comparison],
            "recommended": self.recommended and self.recommended.document(),
        }


def to_verify(
    chosen: Iterable[str] = (),
    *,
    seeds: int = 1,
    full: bool = False,
    sdk: str | None = None,
    clients: Iterable[str] = (),
    gateways: Iterable[str] = (),
) -> list[RunSpec]:
    """Return the runs of a verification: of these races, or of all races and stories. Raises `UnknownWord`.

    With `clients` or `gateways`, only the races of these policies, by their names in the tables. With `sdk`, that SDK
    itself trains, in the races that its driver can follow. No story is played with any of these.
    """
    named = list(dict.fromkeys(check("race", name, races.known(name)) for name in chosen))
    raced = list(matrix.specs(seeds, full=full, chosen=named))
    by_client = [check("client policy of a verification", one, {spec.client for spec in raced}) for one in clients]
    by_gateway = [check("gateway policy of a verification", one, set(map(in_tables, raced))) for one in gateways]
    raced = [
        spec
        for spec in raced
        if (not by_client or spec.client in by_client) and (not by_gateway or in_tables(spec) in by_gateway)
    ]
    if sdk is not None:
        return list(matrix.by_sdk(raced, sdk))
    return raced if named or by_client or by_gateway else [*raced, *matrix.story_specs(seeds, full=full)]
