"""The worlds that a test's marks name."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway_sim.scenarios.run.plans import RacePlan, race_plan
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import UsageError

SETTLE_S = 10.0
"""How long a race may continue after its test by default."""
LIMIT_S = 300.0
"""How long a test may run by default before it is interrupted."""


class WorldRefused(UsageError):
    """A mark names an impossible world; the message quotes the wrong word."""


@dataclass(frozen=True)
class MarkedWorld:
    """One world of a test: its plan and its id, how long its race may continue after the test, and the test's limit.

    The seconds are those of the world: real ones in the live engine.
    """

    plan: RacePlan
    id: str
    settle_s: float = SETTLE_S
    limit_s: float = LIMIT_S


def worlds(marks: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]) -> list[MarkedWorld]:
    """Return the worlds of marks, each given as `(args, kwargs)`; the healthy world where there is no mark.

    Raises `WorldRefused` for a wrong word, with the nearest valid one.
    """
    try:
        return [world for args, kwargs in marks or [((), {})] for world in _of_mark(args, **kwargs)]
    except (UsageError, TypeError) as error:
        raise WorldRefused(f"@pytest.mark.race: {error}") from None


def _of_mark(
    races: Sequence[str],
    *,
    gateway: str | Sequence[str] | None = None,
    gateway_command: str | Sequence[str] = (),
    gateway_app: str | Sequence[str] = (),
    gateway_ready: str | None = None,
    gateway_replicas: int | None = None,
    balance: str | Sequence[str] = "per-connection",
    engine: str = "live",
    seeds: int = 1,
    settle_s: float = SETTLE_S,
    limit_s: float = LIMIT_S,
    **settings: object,
) -> list[MarkedWorld]:
    if gateway is not None and (gateway_command or gateway_app):
        raise UsageError("gateway names a policy of gateway-sim's own gateway: leave it out beside one of yours")
    own = [GatewayProgram(command, (), gateway_ready, gateway_replicas) for command in _listed(gateway_command)]
    own += [GatewayProgram(None, (), gateway_ready, gateway_replicas, app) for app in _listed(gateway_app)]
    gateways: list[str | GatewayProgram] = [*own] or [*_listed(gateway or "not-found")]
    balances = _listed(balance)
    words = {name: str(value) for name, value in settings.items()}
    found = []
    for race, raced, balancing, seed in itertools.product(races or ["healthy"], gateways, balances, range(seeds)):
        if not isinstance(race, str):
            raise UsageError(f"{race!r} is not the name of a race: write it as a string, such as 'fresh-route'")
        program = raced if isinstance(raced, GatewayProgram) else None
        policy = program.name if program else str(raced)
        spec = RunSpec(race, gateway=policy, balance=balancing, engine=engine, seed=seed, settings=words)
        spec = replace(spec, own_gateway=program)
        parts = [race, policy, balancing if len(balances) > 1 else "", f"seed{seed}" if seeds > 1 else ""]
        found.append(MarkedWorld(race_plan(spec), "-".join(part for part in parts if part), settle_s, limit_s))
    return found


def _listed(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
