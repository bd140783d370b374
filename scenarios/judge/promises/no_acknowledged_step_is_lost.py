"""What the user was told is done is done."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.acknowledged import heard
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace


def no_acknowledged_step_is_lost(trace: Trace) -> Iterator[Violation]:
    """No acknowledged step is lost: when a script hears of step n, the model it trains has applied n steps."""
    for one in heard(trace):
        if one.unfounded:
            yield Violation(f"{one.told}, but the pod stands at {one.stands}", one.word.at_s)
