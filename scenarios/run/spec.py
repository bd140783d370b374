"""What to run, in the words of the command line."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.sim.plugins import options

SDKS = tuple(PROFILES)


@dataclass(frozen=True)
class Program:
    """A user's own program: its script, the arguments, and the interpreter (None: the one that runs this)."""

    script: str
    argv: tuple[str, ...] = ()
    python: str | None = None

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """Return the options of the command line, and what follows them."""
        python = [] if self.python is None else ["--python", self.python]
        return ["--script", self.script, *python], ["--", *self.argv] if self.argv else []


@dataclass(frozen=True)
class GatewayProgram:
    """A gateway that is not this project's: the command of an instance, the URLs of running ones, or an application.

    `app` is an ASGI application, "module:name", imported from the folder in which this process runs. `ready` is the
    path that answers with success when an instance is ready (None: any answer). `replicas` is the number of instances
    (None: as many as the race has replicas).
    """

    command: str | None = None
    urls: tuple[str, ...] = ()
    ready: str | None = None
    replicas: int | None = None
    app: str | None = None

    @property
    def name(self) -> str:
        """The gateway's name in tables."""
        return self.command or self.app or " ".join(self.urls)

    @property
    def words(self) -> list[str]:
        """Return the options of the command line."""
        found = ["--gateway-command", self.command] if self.command else []
        found += ["--gateway-app", self.app] if self.app else []
        found += [word for url in self.urls for word in ("--gateway-url", url)]
        found += ["--gateway-ready", self.ready] if self.ready else []
        return found + (["--gateway-replicas", str(self.replicas)] if self.replicas else [])


@dataclass(frozen=True)
class RunSpec:
    """What to run, in the words of the command line; `settings` are the `--set` words.

    `driver` is what trains: this project's client with the SDK's profile, or the SDK itself. A `program` of the user's
    trains instead of both. `own_gateway` serves in place of `gateway`, which then is its name.
    A story of orchestration has only a name, a seed, settings and `parts` of the user's own, by port.
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
    program: Program | None = None
    own_gateway: GatewayProgram | None = None
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_guest(self) -> bool:
        """Whether a program that is not this project's trains or serves, in a process of its own."""
        return self.program is not None or self.driver == "sdk" or self.own_gateway is not None

    @property
    def replay(self) -> str:
        """Return the command that runs this race again."""
        gateway = self.own_gateway.words if self.own_gateway else ["--gateway", self.gateway]
        balance = ["--balance", self.balance]
        if self.program is not None:
            engine = [] if self.engine == "virtual" else ["--engine", self.engine]
            script, arguments = self.program.words
            return self._command([*script, *gateway, *balance], engine, arguments)
        usual = (self.engine, self.driver) == ("virtual", "client")
        engine = [] if usual else ["--engine", self.engine, "--driver", self.driver]
        return self._command(["--client", self.client, *gateway, "--sdk", self.sdk, *balance], engine)

    @property
    def replay_of_story(self) -> str:
        """Return the command that runs this story again: it has no pairing."""
        return self._command([word for port, part in self.parts.items() for word in ("--part", f"{port}={part}")], [])

    def _command(self, pairing: Sequence[str], engine: Sequence[str], last: Sequence[str] = ()) -> str:
        sets = [word for name, value in self.settings.items() for word in ("--set", f"{name}={value}")]
        return shlex.join(
            ["gateway-sim", "run", self.race, *pairing, *sets, *engine, "--seed", str(self.seed), *options(), *last]
        )
