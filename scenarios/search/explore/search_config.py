"""Who plays in a search, and what of every world is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from scenarios import races
from scenarios.run.pairing import pairing_of
from scenarios.search.explore.fault_coverage import CACHE
from scenarios.search.explore.generate import draw, with_room
from scenarios.search.explore.generated_case import GeneratedCase
from scenarios.sim.errors import check
from scenarios.world.builder import Pairing
from scenarios.world.policies import BALANCES
from scenarios.world.settings import Settings


@dataclass(frozen=True)
class SearchConfig:
    """Who plays, and what of every world is given: its race, its balancer, and settings of the world or of a policy."""

    race: str | None = None
    client: str = "plain"
    gateway: str = "not-found"
    sdk: str = "tinker-0.15"
    balance: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def pairing(self, balance: str) -> Pairing:
        """Return the players. Raises `UnknownWord` or `SettingsRefused` for words that are off."""
        world = with_room(self.settings, Settings())
        pairing, _ = pairing_of(self.client, self.gateway, self.sdk, balance, self.settings, world)
        return pairing

    def check(self) -> None:
        """Raise `UnknownWord` or `SettingsRefused` for words that are off, before a world is drawn from them."""
        self.pairing(self.balance or BALANCES[0])
        if self.race is not None:
            check("race", self.race, races.names())
        self.world(0)

    def world(self, seed: int) -> GeneratedCase:
        """Draw the world of a seed."""
        pairing = self.pairing(self.balance or BALANCES[0])
        of_the_world = {f.name for f in fields(Settings)}
        pins = {name: word for name, word in self.settings.items() if name in of_the_world}
        # who reads the table strongly learns what a cache hides; who does not never finds its primary cut off
        strongly = getattr(pairing.gateway, "follows_strays", False)
        odds = {CACHE: 0.1} if strongly else {"primary-partition": 0.0}
        return draw(seed, self.race, self.balance, pins, odds)

    @property
    def policies(self) -> dict[str, str]:
        """Return the settings that are a policy's and no world's."""
        of_the_world = {f.name for f in fields(Settings)}
        return {name: word for name, word in self.settings.items() if name not in of_the_world}
