"""A verification: every race under its pairs, every story in its variants, and which were not as expected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gateway_sim.scenarios import races
from gateway_sim.scenarios.compare.recommendation import Recommendation, in_tables, recommendation
from gateway_sim.scenarios.compare.warm_up_costs import Row, comparison
from gateway_sim.scenarios.orchestration import ports, stories
from gateway_sim.scenarios.orchestration.parts import put_into
from gateway_sim.scenarios.run import matrix
from gateway_sim.scenarios.run.plans import story_plan
from gateway_sim.scenarios.run.result import RaceResult, RunResult, StoryResult, by_kind
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, check


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


def expecting(result: RunResult) -> RunResult:
    """Return a run with what a verification expects of it: with a part of the user's, *fixed* must be kept.

    What the other variants omit may be what the part has, so their verdict may be either.
    """
    if not result.parts:
        return result
    return replace(result, expected="kept" if result.settings["variant"] == "fixed" else "either")


def to_verify(
    chosen: Iterable[str] = (),
    *,
    seeds: int = 1,
    full: bool = False,
    sdk: str | None = None,
    clients: Iterable[str] = (),
    gateways: Iterable[str] = (),
    parts: Mapping[str, str] | None = None,
) -> list[RunSpec]:
    """Return the runs of a verification: of these races and stories, or of all. Raises `UnknownWord`.

    With `clients` or `gateways`, only the races of these policies, by their names in the tables. With `sdk`, that SDK
    itself trains, in the races that its driver can follow. No story is played with any of these. With `parts` of the
    user's, by port, no race is. Raises `SettingsRefused` for a name that does not fit, and `PartRefused`.
    """
    names = [check("race or scenario", name, [*races.known(name), *stories.names()]) for name in dict.fromkeys(chosen)]
    staged = [name for name in names if name in stories.names()]
    named = [name for name in names if name not in staged]
    given = dict(parts or {})
    if given:
        if named or clients or gateways or sdk:
            other = f"{named[0]} is a race" if named else "a policy or an SDK is of races"
            raise SettingsRefused(f"{other}; --part is for stories of orchestration (docs/parts.md)")
        return _with_parts(staged, seeds, given, full=full)
    if staged and (clients or gateways or sdk):
        raise SettingsRefused(f"{staged[0]} has no gateway in it, so a policy or an SDK means nothing there")
    if staged and not named:
        return _playable(matrix.story_specs(seeds, full=full, chosen=staged))
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
    if staged:
        return [*raced, *_playable(matrix.story_specs(seeds, full=full, chosen=staged))]
    return raced if named or by_client or by_gateway else [*raced, *matrix.story_specs(seeds, full=full)]


def _with_parts(staged: Sequence[str], seeds: int, parts: Mapping[str, str], *, full: bool) -> list[RunSpec]:
    """Return the runs of stories with parts; refuse a part that none of them takes, and a story that takes none."""
    for port in parts:
        check("port", port, ports.names())
    chosen = staged or [name for name in stories.names() if parts.keys() & set(stories.load(name).parts)]
    takes = {name: stories.load(name).parts for name in chosen}
    for name, ports_of in takes.items():
        if not parts.keys() & set(ports_of):
            put_into(name, ports_of, parts)
    for port, part in parts.items():
        if all(port not in ports_of for ports_of in takes.values()):
            put_into(chosen[0], takes[chosen[0]], {port: part})
    return _playable(matrix.story_specs(seeds, full=full, chosen=chosen, parts=parts))


def _playable(wanted: list[RunSpec]) -> list[RunSpec]:
    """Return the runs, after looking once at each story: its libraries and its parts must be there."""
    for spec in {spec.race: spec for spec in wanted}.values():
        story_plan(spec)
    return wanted
