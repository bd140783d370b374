"""A drawn world on the virtual engine: its story, its promises, and its verdict."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway_sim.negative_cache import CachingReplica
from gateway_sim.scenarios import races
from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.judge.promises.a_gone_job_is_noticed import a_gone_job_is_noticed
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.judge.promises.the_surviving_chain_is_every_step_once import (
    the_surviving_chain_is_every_step_once,
)
from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
from gateway_sim.scenarios.judge.promises.what_was_checkpointed_can_be_resumed import (
    what_was_checkpointed_can_be_resumed,
)
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.races import Race
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search.explore.acts import ENDS, perform
from gateway_sim.scenarios.search.explore.fault_coverage import idle_faults
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.events import NegativeCacheHits
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.verbs import still_training, story_over

DRAWN: Final = "drawn"
"""The name in a trace of a world without a race."""

ALWAYS: Final[tuple[Promise, ...]] = (
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    no_busy_polling,
    one_writer_per_job_incarnation,
    no_pod_takes_another_jobs_request,
    what_was_checkpointed_can_be_resumed,
)


def staged(search: SearchConfig, world: GeneratedCase) -> RacePlan:
    """Return the plan of a world."""
    race = races.load(world.race) if world.race else None
    story = Race(
        name=world.race or DRAWN,
        summary=race.summary if race else "A job is started and trained on; the drawn acts happen.",
        origin=race.origin if race else "gateway-sim explore",
        settings=world.plain(),
        promises=promises_of(world),
        must_reach=(),
        expected=lambda pairing: "kept",
        play=_story(world, race.play if race else None),
    )
    spec = RunSpec(
        story.name,
        search.client,
        search.gateway,
        search.sdk,
        world.balance,
        driver=search.driver,
        seed=world.seed,
        settings={**{name: str(value) for name, value in world.changes().items()}, **search.policies},
    )
    return RacePlan(spec, story, search.pairing(world.balance), world.settings)


def promises_of(world: GeneratedCase) -> Sequence[Promise]:
    """Return the promises of a world: those of its race; else that a deletion is noticed, or that the run finishes.

    Only a single script must keep its chain of checkpoints: two scripts save chains under the same names. Drawn faults
    may hide a deletion, so the promise of a race to fail fast becomes the promise to notice the deletion.
    """
    if world.race is not None:
        promises = races.load(world.race).promises
        return [a_gone_job_is_noticed if promise is a_gone_job_fails_fast else promise for promise in promises]
    gone = any(act.verb in ENDS for act in world.acts)
    alone = (the_surviving_chain_is_every_step_once,) if world.settings.clients == 1 else ()
    return (a_gone_job_is_noticed if gone else the_run_finishes, *ALWAYS, *alone)


def _story(world: GeneratedCase, race_play: Callable[[World], Any] | None) -> Callable[[World], Any]:
    """Return the play: the race's own, or a job that is started and trained on, with the acts at the same time."""

    async def play(stage: World) -> None:
        if race_play is not None:
            story = asyncio.ensure_future(race_play(stage))
        else:
            await stage.start_job()
            story = stage.start_training()
        try:
            for act in world.acts:
                if not await still_training(stage, act.after_step, act.delay_s):
                    break
                await perform(stage, act)
            await story_over(stage, story)
        finally:
            for replica in stage.replicas:
                if isinstance(replica, CachingReplica) and replica.hidden:
                    stage.emit(NegativeCacheHits(replica.name, replica.hidden))

    return play


def play_world(search: SearchConfig, world: GeneratedCase) -> RaceResult:
    """Play a world and judge it; it counts as kept only if its run met every fault."""
    result = run_plan(staged(search, world))
    missing = [f"its run never met {name}" for name in idle_faults(world, result.trace)]
    if world.race is not None:
        kinds = races.load(world.race).must_reach
        missing += [f"it never reached {kind.__name__}" for kind in kinds if not result.trace.reached(kind)]
    if result.verdict != "kept" or not missing:
        return result
    unproved = [Broken("the world was exercised", sentence, 0.0) for sentence in missing]
    return replace(result, verdict="not_exercised", violations=unproved)
