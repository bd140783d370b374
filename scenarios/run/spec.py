"""What to run, in the words of the command line."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.sim.plugins import options

SDKS = tuple(PROFILES)


@dataclass(frozen=True)
class RunSpec:
    """What to run, in the words of the command line; `settings` are the `--set` words.

    `driver` is what trains: this project's client with the SDK's profile, or in the live engine the SDK itself.
    A story of orchestration has only a name, a seed and settings.
    """

    race: str
    client: str = "plain"
    gateway: str = "not-found"
    sdk: str = SDKS[0]
    balance: str = "per-connection"
    engine: str = "virtual"
    driver: str = "client"
    seed: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def replay(self) -> str:
        """Return the command that runs this race again."""
        pairing = ["--client", self.client, "--gateway", self.gateway, "--sdk", self.sdk, "--balance", self.balance]
        engine = ["--engine", self.engine, "--driver", self.driver] if self.engine != "virtual" else []
        return self._command(pairing, engine)

    @property
    def replay_of_story(self) -> str:
        """Return the command that runs this story again: it has no pairing."""
        return self._command([], [])

    def _command(self, pairing: Sequence[str], engine: Sequence[str]) -> str:
        sets = [word for name, value in self.settings.items() for word in ("--set", f"{name}={value}")]
        return shlex.join(
            ["gateway-sim", "run", self.race, *pairing, *sets, *engine, "--seed", str(self.seed), *options()]
        )
