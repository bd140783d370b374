"""The tournament's claims about this project's own fixes, each with the numbers that decide it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway_sim.scenarios.compare.pair_summary import AfterDeletion, PairSummary
from gateway_sim.scenarios.judge.limits import AT_ONCE_S, PACED_PER_S

EXACTLY_ONCE: Final = "exactly-once"
LEASED: Final = "leased-generation"
LEASED_410: Final = "leased-generation+"
BLANKET: Final = "blanket-404"


@dataclass(frozen=True)
class Claim:
    """A sentence, whether the runs confirm it (None: no run tested it), and the numbers that they showed."""

    sentence: str
    holds: bool | None
    shown: str


def claims(ranked: Sequence[PairSummary]) -> list[Claim]:
    """Return the claims, decided by the pair summaries; a run that finished and broke a promise counts as not finished.

    A run that finished without the event that its race is about proves nothing, and is counted separately. Only a
    gateway can keep new runs off a draining pod, and the SDK's readiness check off an address that swallows packets.

    PR 344's client retries any 404, also of a job that is gone; it does not retry a 410. Where another job has taken
    the name, the gateway delivers the request and that job's pod answers 404. So a time limit applies there only to a
    client that recognises its own job.
    """
    exact = [s for s in ranked if s.client == EXACTLY_ONCE]
    leased = [s for s in ranked if s.gateway in (LEASED, LEASED_410)]
    ours = [s for s in ranked if s in exact or s in leased]
    peaks = [*(s.peak for s in exact), *(s.pod_peak for s in leased)]
    within = f"within {AT_ONCE_S:g} s"
    return [
        _finish(
            f"{EXACTLY_ONCE} finishes every run whose job lives, behind any gateway, with every promise kept that a "
            "client can keep",
            exact, lambda s: (s.kept, s.unexercised, s.alive - s.broken_by_gateway),
        ),
        _finish(
            f"behind {LEASED} any client finishes every run whose pod lives and is not overloaded, with every promise "
            "kept",
            leased, lambda s: (s.pod_kept, s.pod_unexercised, s.pod_alive),
        ),
        Claim(
            "neither lets a step be applied twice",
            not any(s.twice for s in ours) if ours else None,
            f"{sum(s.twice for s in ours)} steps applied twice",
        ),
        Claim(
            f"neither asks more than {PACED_PER_S} times a second for one future, {EXACTLY_ONCE} in any race, and "
            f"behind {LEASED} any client of a live pod that is not overloaded",
            all(peak <= PACED_PER_S for peak in peaks) if ours else None,
            f"at most {max(peaks, default=0)} a second",
        ),
        _in_time(
            f"{EXACTLY_ONCE} ends {within} of a deletion, behind any gateway, also where another job takes the name",
            [after for s in exact for after in (s.deleted, s.replaced)],
        ),
        _in_time(
            f"behind {LEASED} that says 410 of what is gone, any client ends {within} of a deletion",
            [s.deleted for s in ranked if s.gateway == LEASED_410],
        ),
        _in_time(
            f"behind {LEASED} that says 404, any client but {BLANKET} ends {within} of a deletion",
            [s.deleted for s in ranked if s.gateway == LEASED and s.client != BLANKET],
        ),
        _happy({s.client: s.happy_s for s in ranked if s.gateway == "not-found"}),
    ]  # fmt: skip


def _finish(sentence: str, of: Sequence[PairSummary], count: Callable[[PairSummary], tuple[int, int, int]]) -> Claim:
    done, idle, alive = (sum(numbers) for numbers in zip(*map(count, of), strict=True)) if of else (0, 0, 0)
    apart = f"; {idle} more met nothing of what their race is about" if idle else ""
    runs = alive - idle
    return Claim(sentence, done == runs if runs else None, f"{done} of {runs}{apart}")


def _in_time(sentence: str, deletions: Sequence[AfterDeletion]) -> Claim:
    runs, in_time = sum(one.runs for one in deletions), sum(one.in_time for one in deletions)
    longest_s = max((one.longest_s for one in deletions if one.longest_s is not None), default=0.0)
    return Claim(sentence, in_time == runs if runs else None, f"{in_time} of {runs}, at most {longest_s:.2f} s")


def _happy(happy_s: dict[str, float | None]) -> Claim:
    sentence = f"the happy path costs {EXACTLY_ONCE} less than warmup-verified"
    ours_s, theirs_s = happy_s.get(EXACTLY_ONCE), happy_s.get("warmup-verified")
    if ours_s is None or theirs_s is None:
        return Claim(sentence, None, "no healthy run")
    return Claim(sentence, ours_s < theirs_s, f"first step after {ours_s:.2f} s and {theirs_s:.2f} s")
