"""A scheduler that gives places to runs which can only wait for an earlier one."""

from collections.abc import Iterator
from typing import Any

from gateway_sim.control_plane.scheduling.chains import Chain
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("cleared-run", "a run that waits holds no place")]


@replacing(Chain, "waiting")
def break_it(waiting: Any, chain: Chain, *, looks_back: bool) -> Iterator[str]:
    """Do not look back."""
    found: Iterator[str] = waiting(chain, looks_back=False)
    return found
