"""A pipeline whose runs keep their places of the limit while they wait for an earlier run."""

from typing import Any

from gateway_sim.scenarios.orchestration.workloads.chained_runs import ChainedRuns
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("cleared-run", "every run of a pipeline ends")]


@replacing(ChainedRuns, "__init__")
def break_it(init: Any, runs: ChainedRuns, *args: Any, **named: Any) -> None:
    """Give no place back before the run has ended."""
    init(runs, *args, **{**named, "gives_way": False})
