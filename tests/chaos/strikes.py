"""The strikes of a seed: which run, which part of it, how, and when."""

import os
import random
import sys
from dataclasses import dataclass, field
from typing import Final

from tests.house import ROOT

SEED: Final = int(os.environ.get("GATEWAY_SIM_CHAOS_SEED", "21"))
GUESTS: Final = ROOT / "tests" / "scenarios" / "engines" / "guest" / "guests"
SHORT: Final = (
    "--set", "steps=4", "--set", "save_every=1", "--set", "start_s=0.1", "--set", "notice_s=1",
    "--set", "think_s=0.05", "--set", "horizon_s=60",
)  # fmt: skip
OURS: Final = ("run", "healthy", "--engine", "live", "--client", "exactly-once", *SHORT)
OWN_GATEWAY: Final = (
    *OURS, "--gateway-replicas", "1",
    "--gateway-command", f"{sys.executable} {ROOT}/examples/gateways/fastapi/gateway.py --fixed",
)  # fmt: skip
SCRIPT: Final = ("run", "healthy", "--engine", "live", "--script", str(GUESTS / "with_httpx.py"), *SHORT[2:])
GUEST: Final = ("run", "fresh-route", "--script", str(GUESTS / "with_threads.py"))
SWEEP: Final = ("run", "fresh-route", "--seeds", "400", "--jobs", "2")


@dataclass(frozen=True)
class Kind:
    """A part of a run that is struck `times` times, at an event before `before`; in a sweep, within seconds instead."""

    words: tuple[str, ...]
    part: str
    how: str
    times: int
    before: int = 110
    kept: bool = field(default=False)
    """Whether the run has to end well all the same."""


KINDS: Final = (
    Kind(OURS, "the pod", "SIGKILL", 12, kept=True),
    Kind(OURS, "the pod", "SIGSTOP", 4, kept=True),
    Kind(OURS, "the fork server", "SIGKILL", 4, kept=True),
    Kind(OURS, "the fork server", "SIGSTOP", 1),
    Kind(OURS, "the command", "SIGKILL", 9),
    Kind(OURS, "the server gateway", "closed", 4),
    Kind(OURS, "the server control-plane", "closed", 2),
    Kind(OURS, "the server moto", "closed", 4),
    Kind(OURS, "the table", "SIGKILL", 3),
    Kind(OWN_GATEWAY, "the own gateway", "SIGKILL", 4, 60),
    Kind(OWN_GATEWAY, "the own gateway", "SIGSTOP", 1, 60),
    Kind(OWN_GATEWAY, "the keeper", "SIGKILL", 2, 60),
    Kind(OWN_GATEWAY, "the command", "SIGKILL", 1, 60),
    Kind(SCRIPT, "the server platform", "closed", 2, 40),
    Kind(SCRIPT, "the script", "SIGKILL", 1, 40),
    Kind(SCRIPT, "the command", "SIGKILL", 1, 40),
    Kind(GUEST, "the guest", "SIGKILL", 2, 60),
    Kind(GUEST, "the command", "SIGKILL", 1, 60),
    Kind(SWEEP, "a worker", "SIGKILL", 1),
    Kind(SWEEP, "the command", "SIGKILL", 1),
)


@dataclass(frozen=True)
class Strike:
    """One run and what is done to it: after that many events, or so many seconds where `after` is 0."""

    words: tuple[str, ...]
    part: str
    how: str
    after: int
    seconds: float
    kept: bool

    def __str__(self) -> str:
        """Name it, for the list of tests."""
        when = f"at event {self.after}" if self.after else f"after {self.seconds:.2f} s"
        return f"{self.words[1]} {self.part} {self.how} {when}".replace(" ", "-")


def strikes(seed: int) -> list[Strike]:
    """Draw the strikes of a seed."""
    chance = random.Random(f"{seed}/chaos")
    drawn = []
    for kind in KINDS:
        for number in range(kind.times):
            # a part of the strikes at the command comes while it is still importing
            by_seconds = kind.words == SWEEP or (kind.words == OURS and kind.part == "the command" and number < 4)
            after, seconds = chance.randrange(1, kind.before), chance.uniform(0.1, 6.0)
            drawn.append(Strike(kind.words, kind.part, kind.how, 0 if by_seconds else after, seconds, kind.kept))
    # what takes long is not left to the end
    chance.shuffle(drawn)
    return drawn
