"""Scenarios of orchestration: failures of scheduling, data and promotion, one a file.

How to add one: write `orchestration/stories/<name>.py` with

* a docstring whose first line says what goes wrong,
* `origin`: where the story comes from,
* `settings`: an instance of its own `SandboxSettings`; its field `omits`, if it has one, lists the parts of the fix of
  which the half-fixed variant may omit one,
* `promises`: what must hold, besides that the story ends, `must_reach`: the events without which it did not take place,
* `parts`, if a user may put parts of their own into it: the names of their ports (`orchestration/ports/`),
* `needs`, if it uses libraries of the extra `orchestration`: their names,
* `play(sandbox)`: the story, in the variant that the settings name,
* `damage(trace, settings)`: its cost, as one number of one unit and a sentence; other units are in its `also`,
* `does`: a sentence for each variant that says what it does: "broken", "fixed", and "half-fixed", or
  "half-fixed, PART" for each part that the half-fix may omit,
* `full`, if the default size is smaller than the measured one: the settings, as words, of the measured size,
* `cost`, if a price of the fix is among the figures of its damage: the name of that figure; a sweep shows it,
* `optimum(settings, name)`, if theory says which value of a setting costs least: an `Optimum`, or None.

Its page, docs/stories/<name>.md, tells the incident in public; `gateway-sim stories NAME --into docs/stories` begins
it, and writes what stands between its marks.

The broken and the half-fixed variant must break a promise, and the fixed one keep them all: `verify` plays the three.
"""

import importlib.util
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.orchestration.promises.the_story_ends import the_story_ends
from gateway_sim.scenarios.orchestration.workloads.sandbox import SandboxSettings
from gateway_sim.scenarios.races import Expected
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.setting_words import apply_settings


@dataclass(frozen=True)
class Optimum:
    """The `value` of a setting that costs least in theory, and the name of that theory."""

    theory: str
    value: float


@dataclass(frozen=True)
class Scenario:
    """A scenario, as its file defines it."""

    name: str
    summary: str
    origin: str
    settings: SandboxSettings
    needs: Sequence[str]
    promises: Sequence[Promise]
    must_reach: Sequence[type[Any]]
    play: Callable[[Any], Awaitable[None]]
    damage: Callable[[Trace, Any], Damage]
    omits: Sequence[str]
    full: Mapping[str, str]
    parts: Sequence[str] = ()
    does: Mapping[str, str] = field(default_factory=dict)
    cost: str = ""
    optimum: Callable[[Any, str], Optimum | None] = lambda settings, name: None

    def what(self, settings: SandboxSettings) -> str:
        """Return what the variant of these settings does, as a sentence; empty for a story that does not say it."""
        part = f"{settings.variant}, {settings.omitted}" if settings.omitted else settings.variant
        return self.does.get(part, "")

    def missing(self) -> list[str]:
        """Return the libraries that the story needs and that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    def expected(self, settings: SandboxSettings) -> Expected | None:
        """Return the verdict that the variant must have, at either size and with any omitted part.

        None if other settings differ: no such run was measured.
        """
        measured = (_free(self.settings), *map(_free, apply_settings(self.full, self.settings)))
        if _free(settings) not in measured:
            return None
        return "kept" if settings.variant == "fixed" else "broken"


def _free(settings: SandboxSettings) -> dict[str, Any]:
    """Return the settings but for the variant and what its half-fix omits."""
    values = {one.name: getattr(settings, one.name) for one in fields(settings)}
    return {name: value for name, value in values.items() if name not in ("variant", "omits")}


def names() -> list[str]:
    """Return the names of all scenarios of orchestration, in alphabetical order."""
    return registry.names(__name__)


def load(name: str) -> Scenario:
    """Load the scenario of this name; it must be one of `names()`."""
    story = registry.load(__name__, name)
    return Scenario(
        name=name,
        summary=registry.summary(story),
        origin=story.origin,
        settings=story.settings,
        needs=getattr(story, "needs", ()),
        promises=(*story.promises, the_story_ends),
        must_reach=story.must_reach,
        play=story.play,
        damage=story.damage,
        omits=story.settings.parts,
        parts=getattr(story, "parts", ()),
        full=getattr(story, "full", {}),
        cost=getattr(story, "cost", ""),
        optimum=getattr(story, "optimum", Scenario.optimum),
        does=getattr(story, "does", {}),
    )
