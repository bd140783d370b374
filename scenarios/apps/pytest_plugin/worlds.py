"""From the marks of a test to the worlds it runs in."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.run.plans import RacePlan, race_plan
from scenarios.run.spec import RunSpec
from scenarios.sim.errors import UsageError

SETTLE_S = 10.0
"""How long a race may go on after the test has ended, unless the mark says otherwise."""


class WorldRefused(UsageError):
    """A mark names a world that cannot be; the message names the word."""


@dataclass(frozen=True)
class MarkedWorld:
    """One world of a test: what to play, what to call it, and how long its race may go on after the test."""

    plan: RacePlan
    id: str
    settle_s: float


def worlds(marks: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]) -> list[MarkedWorld]:
    """Return the worlds that marks name by their `(args, kwargs)`; the healthy one where there is no mark.

    Raises `WorldRefused`, with the nearest right word where one is wrong.
    """
    try:
        found = [world for args, kwargs in marks or [((), {})] for world in _of_mark(args, **kwargs)]
    except (UsageError, TypeError) as error:
        raise WorldRefused(f"@pytest.mark.race: {error}") from None
    return found


def _of_mark(
    races: Sequence[str],
    *,
    gateway: str | Sequence[str] = "not-found",
    balance: str | Sequence[str] = "per-connection",
    seeds: int = 1,
    settle_s: float = SETTLE_S,
    **settings: object,
) -> list[MarkedWorld]:
    gateways, balances = _listed(gateway), _listed(balance)
    words = {name: str(value) for name, value in settings.items()}
    found = []
    for race, policy, balancing, seed in itertools.product(races or ["healthy"], gateways, balances, range(seeds)):
        spec = RunSpec(race, gateway=policy, balance=balancing, engine="live", seed=seed, settings=words)
        parts = [race, policy, balancing if len(balances) > 1 else "", f"seed{seed}" if seeds > 1 else ""]
        found.append(MarkedWorld(race_plan(spec), "-".join(part for part in parts if part), settle_s))
    return found


def _listed(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
