"""The pairing of a search, and the parts of every world that are not drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from gateway_sim.scenarios import races
from gateway_sim.scenarios.engines.live.drivers import NEEDS, check_sdk
from gateway_sim.scenarios.run.pairing import pairing_of
from gateway_sim.scenarios.search.explore.fault_coverage import CACHE
from gateway_sim.scenarios.search.explore.generate import draw, with_room
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.policies import BALANCES, DRIVERS
from gateway_sim.scenarios.world.settings import Settings

OF_THE_WORLD = {f.name for f in fields(Settings)}


@dataclass(frozen=True)
class SearchConfig:
    """The pairing of a search, and what is fixed in every world: race, balancer, settings of world and policies.

    `driver` is what trains: this project's client ("client"), or the SDK itself as a guest ("sdk").
    """

    race: str | None = None
    client: str = "plain"
    gateway: str = "not-found"
    sdk: str = "tinker-0.15"
    balance: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    driver: str = "client"

    def pairing(self, balance: str) -> Pairing:
        """Return the pairing. Raises `UnknownWord` or `SettingsRefused`."""
        world = with_room(self.settings, Settings())
        pairing, _ = pairing_of(self.client, self.gateway, self.sdk, balance, self.settings, world)
        return pairing

    def check(self) -> None:
        """Raise `UnknownWord` or `SettingsRefused` for words that no world can be drawn from."""
        self.pairing(self.balance or BALANCES[0])
        if self.race is not None:
            check("race", self.race, races.known(self.race))
        check("driver", self.driver, DRIVERS)
        if self.driver == "sdk":
            check_sdk(self.sdk, self.client, self.race or "a drawn world", self.world(0).settings)
        self.world(0)

    def world(self, seed: int) -> GeneratedCase:
        """Draw the world of a seed."""
        pairing = self.pairing(self.balance or BALANCES[0])
        pins = {name: word for name, word in self.settings.items() if name in OF_THE_WORLD}
        if self.driver == "sdk" and self.race is None:
            # what the driver of real SDKs cannot follow is not drawn
            pins = {name: str(value) for name, value in NEEDS.items()} | pins
        # a strong read sees what a cache hides; a gateway without strong reads never meets a cut-off primary
        strongly = getattr(pairing.gateway, "follows_strays", False)
        odds = {CACHE: 0.1} if strongly else {"primary-partition": 0.0}
        return draw(seed, self.race, self.balance, pins, odds)

    @property
    def policies(self) -> dict[str, str]:
        """Return the settings of the policies."""
        return {name: word for name, word in self.settings.items() if name not in OF_THE_WORLD}
