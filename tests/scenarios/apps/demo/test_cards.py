"""What a side's card says of its run: which end it had, in which tone, and why."""

from typing import Any

import pytest

from gateway_sim.scenarios.apps.demo.cards import card

SPUN = [1.0, "no busy polling", "req-1 was sent 427 times within one second"]
SPINS = "✗ finished, but busy-polled"
LOST = [1.0, "the run finishes", "the run died"]


def run(**changed: Any) -> dict[str, Any]:
    """Return a run of the timeline's document in its middle, with these differences."""
    fields = {"outcome": None, "verdict": None, "error": None, "violations": [], "story": [], "events": 3}
    return {**fields, **changed}


@pytest.mark.parametrize(
    ("changed", "live", "tone", "state"),
    [
        ({"events": 0}, True, "busy", "starting a table, a gateway and a pod"),
        ({}, True, "busy", "running"),
        ({"outcome": "completed"}, True, "busy", "completed"),
        ({"outcome": "crashed", "error": "ValueError: given up"}, True, "bad", "✗ crashed: ValueError"),
        ({}, False, "held", "stopped"),
        ({"outcome": "completed", "verdict": "kept"}, False, "good", "✓ completed"),
        ({"outcome": "completed", "verdict": "broken", "violations": [SPUN]}, False, "held", SPINS),
        ({"outcome": "completed", "verdict": "broken", "violations": [SPUN, LOST]}, False, "bad", "✗ completed"),
        ({"outcome": "failed_fast", "verdict": "kept", "error": "Gone: x"}, False, "good", "✓ failed fast: Gone"),
        ({"outcome": "completed", "verdict": "not_exercised"}, False, "held", "? completed"),
    ],
)  # fmt: skip
def test_a_card_says_how_a_run_goes(changed: dict[str, Any], live: bool, tone: str, state: str) -> None:
    """Green only if every promise is kept; a run that finishes while it spins is not green."""
    said = card(run(**changed), live=live)
    assert (said["tone"], said["state"]) == (tone, state)


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({"violations": [SPUN, LOST], "error": "E: x"}, "broken promise: “no busy polling”. req-1 was sent 427 times"),
        ({"error": "E: x", "story": [[1.0, "bad", "the run dies"]]}, "E: x"),
        ({"story": [[0.5, "good", "the pod starts"], [1.0, "good", "the run finishes"]]}, "the run finishes"),
        ({}, ""),
    ],
)
def test_its_last_line_is_the_most_telling_one(changed: dict[str, Any], last: str) -> None:
    """A broken promise, else the error, else the latest moment."""
    assert card(run(**changed), live=False)["last"].startswith(last)
