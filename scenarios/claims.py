"""What the tournament must show of this project's own fixes, each claim with the numbers that decide it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scenarios.tournament import Standing

OURS: Final = ("exactly-once", "leased-generation")
MOST_PER_S: Final = 5
TOLD_WITHIN_S: Final = 2.0


@dataclass(frozen=True)
class Claim:
    """A sentence, whether the runs bear it out, and what they showed."""

    sentence: str
    holds: bool
    shown: str


def claims(ranked: Sequence[Standing]) -> list[Claim]:
    """Hold the standings to the claims."""
    steady = [s for s in ranked if s.client == OURS[0]]
    leased = [s for s in ranked if s.gateway == OURS[1]]
    ours = [s for s in ranked if s in steady or s in leased]
    # a client that retries any 404 waits whatever the 404 says: that is PR 344's choice, and no gateway's
    told = [s for s in ours if s.client != "blanket-404"]
    happy = {s.client: s.happy_s for s in ranked if s.gateway == "not-found"}
    found = [
        Claim(
            "exactly-once finishes every run whose job lives, behind any gateway",
            all(s.finished == s.alive for s in steady),
            _counts(steady, lambda s: (s.finished, s.alive)),
        ),
        Claim(
            "behind leased-generation any client finishes every run whose pod lives",
            all(s.pod_finished == s.pod_alive for s in leased),
            _counts(leased, lambda s: (s.pod_finished, s.pod_alive)),
        ),
        Claim(
            "neither lets a step be applied twice",
            not any(s.twice for s in ours),
            f"{sum(s.twice for s in ours)} steps applied twice",
        ),
        Claim(
            "neither asks more than 5 times a second for one future",
            all(s.peak <= MOST_PER_S for s in ours),
            f"at most {max((s.peak for s in ours), default=0)} a second",
        ),
        Claim(
            "a deletion is told within 2 s, but to a client that retries any 404",
            all(s.told_s is None or s.told_s <= TOLD_WITHIN_S for s in told),
            f"at most {max((s.told_s or 0.0 for s in told), default=0.0):.2f} s",
        ),
    ]
    ours_s, theirs_s = happy.get("exactly-once"), happy.get("warmup-verified")
    if ours_s is not None and theirs_s is not None:
        shown = f"first step after {ours_s:.2f} s and {theirs_s:.2f} s"
        found.append(Claim("the happy path costs exactly-once less than warmup-verified", ours_s < theirs_s, shown))
    return found


def _counts(of: Sequence[Standing], count: Callable[[Standing], tuple[int, int]]) -> str:
    done = sum(count(s)[0] for s in of)
    return f"{done} of {sum(count(s)[1] for s in of)}"
