"""A search over the seeds of a story of orchestration: what its seeds draw is drawn, the settings are fixed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.plans import story_plan
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import SettingsRefused

USUAL = RunSpec("")
"""The words of a race's pairing, which a story does not have, with their defaults."""


@dataclass(frozen=True)
class StorySearch:
    """A story in the variant *fixed*, unless the settings name another, with `parts` of the user's own by port.

    It has no pairing: the words of one are "-".
    """

    race: str
    settings: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    client: str = "-"
    gateway: str = "-"
    sdk: str = "-"
    balance: str = "-"
    driver: str = "-"

    def spec(self, seed: int) -> RunSpec:
        """Return the run of a seed."""
        return RunSpec(self.race, seed=seed, settings={"variant": "fixed", **self.settings}, parts=self.parts)

    @property
    def words(self) -> str:
        """The settings and the parts, as words."""
        told = {"variant": "fixed", **self.settings, **self.parts}
        return " ".join(f"{name}={word}" for name, word in told.items())

    def check(self) -> None:
        """Raise `UnknownWord`, `SettingsRefused` or `PartRefused` for words that no run has."""
        story_plan(self.spec(0))

    def played(self, seed: int) -> StoryResult:
        """Play the run of a seed."""
        return run_plan(story_plan(self.spec(seed)))


def search_of(search: SearchConfig, parts: Mapping[str, str]) -> SearchConfig | StorySearch:
    """Return a search, as that of a story where its race is one. Raises `SettingsRefused` for words that do not fit."""
    if search.race is None or search.race not in stories.names():
        if parts:
            of = f"{search.race} is a race" if search.race else "a drawn world is none of a story"
            raise SettingsRefused(f"{of}; --part is for stories of orchestration (docs/parts.md)")
        return search
    for option in ("client", "gateway", "sdk", "balance", "driver"):
        word = getattr(search, option)
        if word not in (None, getattr(USUAL, option)):
            raise SettingsRefused(f"{search.race} has no gateway in it, so --{option} {word} means nothing")
    return StorySearch(search.race, search.settings, parts)
