"""Races: stories of what goes wrong, one a file; a race has the name of its file, with dashes.

How to add one: write `races/<name>.py` with

* a docstring whose first line says what goes wrong,
* `origin`: where the story comes from,
* `settings`: the world it needs, `promises`: what must hold in it, often `TRAINING` and more, `must_reach`: the events
  without which it did not take place,
* `expected(pairing)`: the verdict "kept" or "broken" of a pair, as measured, or "either" where it depends on the seed,
* `play(world)`: the story, in the world's verbs, steered by `await world.until(...)`.

`verify` is red when a race stops reproducing under an old policy as much as when a fix stops holding.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.judge.promises.the_surviving_chain_is_every_step_once import (
    the_surviving_chain_is_every_step_once,
)
from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.plugins import OURS, entries, module_of
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

Expected = Literal["kept", "broken", "either"]

TRAINING: Sequence[Promise] = (
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
)
"""What a run must keep while its job lives: it finishes, with the weights of the undisturbed run, each step once."""

TRAINING_AND_POLLING: Sequence[Promise] = (*TRAINING, no_busy_polling)
TRAINING_CHAIN_AND_POLLING: Sequence[Promise] = (*TRAINING, the_surviving_chain_is_every_step_once, no_busy_polling)


PARTS: Final = ("origin", "settings", "promises", "must_reach", "expected", "play")
"""What the file of a race defines."""


@dataclass(frozen=True)
class Race:
    """A race, as its file defines it."""

    name: str
    summary: str
    origin: str
    settings: Settings
    promises: Sequence[Promise]
    must_reach: Sequence[type[Any]]
    expected: Callable[[Pairing], Expected]
    play: Callable[[World], Awaitable[None]]
    source: str = OURS
    """Where its file comes from: this project, or the distribution, folder or file of a user's."""


def names() -> list[str]:
    """Return the names of all races, in alphabetical order."""
    return registry.names(__name__)


def known(word: str) -> list[str]:
    """Return the names of all races, and the word itself if it is the path of a race's file."""
    return [*names(), word] if word.endswith(".py") else names()


def load(name: str) -> Race:
    """Load the race of this name, or of this file; it must be one of `known(name)`. Raises `PluginRefused`."""
    if name.endswith(".py"):
        story, source = module_of(Path(name)), name
    else:
        story, source = registry.load(__name__, name), registry.origin(__name__, name)
    parts = {part: registry.part(story, part) for part in PARTS}
    return Race(name=name, summary=registry.summary(story), source=source, **parts)


def module(name: str) -> str:
    """Return the import name of a race's module."""
    return module_of(Path(name)).__name__ if name.endswith(".py") else entries(__name__)[name].module


def today(pairing: Pairing) -> bool:
    """Say whether the gateway answers a miss as today's does, with a 404."""
    return pairing.gateway.name == "not-found"


def bare_503(pairing: Pairing) -> bool:
    """Say whether the gateway answers a miss with the 503 of PR 348, without a delay for pollers."""
    return pairing.gateway.name == "route-not-ready" and getattr(pairing.gateway, "hold_poll_s", None) is None


def acts_as(pairing: Pairing) -> str:
    """Return the effective client policy: the PRs' retries do not catch an SDK's own exception classes."""
    blind = pairing.sdk.foreign_errors and pairing.client.name in ("blanket-404", "warmup-verified")
    return "plain" if blind else pairing.client.name


def answers_404(pairing: Pairing) -> bool:
    """Say whether a miss that lasts ends in a 404: at once, or after further lookups."""
    return pairing.gateway.name in ("not-found", "retry-lookup")


async def connect_at_once(world: World) -> None:
    """Start the job, and let the user connect at once; the race is in the settings of the world."""
    await world.start_job()
    await world.start_training()


def held(pairing: Pairing) -> bool:
    """Say whether the gateway holds every call until it knows the route."""
    return pairing.gateway.name in ("hold", "leased-generation")


def is_exactly_once(pairing: Pairing) -> bool:
    """Say whether the client covers every leg and repeats the same requests."""
    return pairing.client.name == "exactly-once"
