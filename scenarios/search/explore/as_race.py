"""The expectation of a drawn world as a race, measured as `verify` plays races: under every pair, from seed 0 on.

A case that only reproduces with its own seed is expected to end "either" way; `must_reach` lists only events that every
pairing reaches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.scenarios import races
from gateway_sim.scenarios.races import Expected
from gateway_sim.scenarios.run.matrix import specs_of
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.search.explore.acts import VERBS
from gateway_sim.scenarios.search.explore.execute import staged
from gateway_sim.scenarios.search.explore.fault_coverage import AROUND, LAG, faults_of
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig

SEEDS: Final = 3
"""A race is expected to be broken if each of this many first seeds breaks the same promise."""


@dataclass(frozen=True)
class AsRace:
    """What to expect of the pairing that broke the world, and the events that every run of it reaches."""

    expected: Expected
    must_reach: Sequence[type[Any]]


def as_race(search: SearchConfig, world: GeneratedCase, result: RaceResult) -> AsRace:
    """Return the expectation of a world with the broken `result`; it is played as `verify` plays races."""
    found = [staged(search, replace(world, seed=seed)) for seed in range(SEEDS)]
    promise = result.violations[0].promise
    broke = [
        played.verdict == "broken" and promise in {violation.promise for violation in played.violations}
        for played in run_plans(found)
    ]
    kinds = [kind for kind in _proofs(world) if result.trace.reached(kind)]
    for played in run_plans([*found, *_others(world)]):
        kinds = [kind for kind in kinds if played.trace.reached(kind)]
        if not kinds:
            break
    # `verify` plays a race with this project's client, which was not measured where the SDK itself played
    certain = all(broke) and search.driver == "client"
    return AsRace("broken" if certain else "either", kinds or [JobMoved])


def _others(world: GeneratedCase) -> Iterator[RacePlan]:
    """Yield the plan of the world under each pairing of a race in `verify`."""
    name = world.race or "drawn"
    asked = [*specs_of(name, SEEDS), *specs_of(name, 1, full=True)]
    for spec in {spec.replay: spec for spec in asked}.values():
        pairing = SearchConfig(world.race, spec.client, spec.gateway, balance=spec.balance, settings=spec.settings)
        yield staged(pairing, replace(world, seed=spec.seed, balance=spec.balance))


def _proofs(world: GeneratedCase) -> list[type[Any]]:
    """Return the events that the story needs: those of its race, and the proof of each fault."""
    own = races.load(world.race).must_reach if world.race else ()
    faults = [VERBS[act.verb].proof for act in world.acts] + [AROUND[LAG]] * (LAG in faults_of(world))
    return list(dict.fromkeys([*own, *faults]))
