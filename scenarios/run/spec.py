"""What to run, in the words of the command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from client.sdk.profiles import PROFILES

SDKS = tuple(PROFILES)


@dataclass(frozen=True)
class RunSpec:
    """What to run, in the words of the command line; `settings` are the `--set` words.

    `driver` says who trains: this project's client, with the SDK's profile, or in the live engine the SDK itself.
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
        """Return the command that runs this again."""
        line = ["gateway-sim", "run", self.race, "--client", self.client, "--gateway", self.gateway]
        line += ["--sdk", self.sdk, "--balance", self.balance]
        for name, value in self.settings.items():
            line += ["--set", f"{name}={value}"]
        if self.engine != "virtual":
            line += ["--engine", self.engine, "--driver", self.driver]
        return shlex.join([*line, "--seed", str(self.seed)])
