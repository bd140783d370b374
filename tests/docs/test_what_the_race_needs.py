"""The claims of `docs/what-the-race-needs.md`: what its commands give is what its sentences say.

Those that need a real SDK are played in tests/sdk; the page shows the same of them in virtual time.
"""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.apps.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "what-the-race-needs.md"
HELD = "--gateway route-not-ready --set retry_after_s=1 --set hold_poll_s=1"
Document = dict[str, Any]


def died_of(kind: str, leg: str) -> Callable[[Document], bool]:
    """Return what says whether a run died so."""
    return lambda run: run["error"] is not None and (run["error"]["type"], run["error"]["leg"]) == (kind, leg)


CLAIMS: dict[str, Callable[[Document], bool]] = {
    "fresh-route --client warmup-verified": died_of("NotFoundError", "connect"),
    "mid-training-flap --client warmup-verified": lambda run: run["outcome"] == "completed",
    "incident-344 --client warmup-verified": died_of("ValueError", "poll"),
    "mid-training-flap --client warmup-verified --sdk fireworks-1.2": died_of("NotFoundError", "dispatch"),
    "pinned-connection --client warmup-verified --seeds 15": lambda runs: runs["finished"] == 4,
    "pinned-connection --client plain --seeds 15": lambda runs: runs["finished"] == 4,
    "healthy --client warmup-verified --sdk tinker-0.38": lambda run: run["metrics"]["requests"] == 21,
    "healthy --client plain --sdk tinker-0.38": lambda run: run["metrics"]["requests"] == 21,
    "healthy --client warmup-verified": lambda run: round(run["metrics"]["finished_s"], 1) == 3.8,
    "healthy --client plain": lambda run: round(run["metrics"]["finished_s"], 1) == 1.8,
    "incident-344 --gateway route-not-ready": lambda run: run["metrics"]["peak_requests_per_s"] > 100,
    "incident-344 --gateway route-not-ready --set hold_poll_s=1": lambda run: (
        run["metrics"]["peak_requests_per_s"] == 1
    ),
    "lost-reply-then-404 --client blanket-404": lambda run: (
        "moved the weights on 2 batches instead of 1" in run["violations"][0]["message"]
    ),
    "lost-reply-then-404 --client exactly-once": lambda run: run["verdict"] == "kept",
    f"pinned-connection {HELD} --seeds 15": lambda runs: runs["finished"] == 15,
    f"job-deleted {HELD}": lambda run: run["outcome"] == "gave_up" and run["metrics"]["finished_s"] > 300,
}


def shown() -> list[str]:
    """Return the runs that the page shows, without those of a real SDK."""
    lines = [line.removeprefix("gateway-sim run ") for line in PAGE.read_text().splitlines()]
    return [line for line in lines if line.split()[:1] and line.split()[0] in {c.split()[0] for c in CLAIMS}]


@pytest.mark.parametrize("command", CLAIMS)
def test_a_command_gives_what_its_sentence_says(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In numbers, where the sentence has some."""
    with pytest.raises(SystemExit):
        main(["run", *shlex.split(command), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert CLAIMS[command](document), document


def test_every_run_that_the_page_shows_is_held_to_something() -> None:
    """A new sentence must say what it claims; those of real SDKs are played elsewhere."""
    assert {run for run in shown() if "live" not in run} == set(CLAIMS)
