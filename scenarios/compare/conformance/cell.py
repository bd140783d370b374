"""One cell of the conformance table: one SDK, one place, one answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS, Answer
from gateway_sim.scenarios.compare.conformance.places import PLACES, Place
from gateway_sim.scenarios.compare.conformance.stage import Stage
from gateway_sim.scenarios.engines.live.platform import Platform
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.engines.live.sdks.user import SdkUser, drawing, task_of
from gateway_sim.scenarios.judge.limits import ENDLESS_S, PATIENCE_S, SILENCE_S
from gateway_sim.scenarios.judge.requests import peak
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.user import TrainingScript
from gateway_sim.trainer_pod.events import (
    GradientsAccumulated,
    OperationAccepted,
    OperationFailed,
    SamplesDrawn,
    StateSaved,
    StepApplied,
)

SETTLED_WITHIN_S = 5.0
"""Within this time the pod completes all accepted work, and the counts are final."""
NOTICED_WITHIN_S = 0.05
"""Within this time the stage notices that a user's connections are gone."""
BEAT_S = 11.0
"""A user must run this long for its first heartbeat (docs/reference/protocol.md §1.5)."""


@dataclass(frozen=True)
class Applied:
    """What the pod did for one user: the operations, and the requests of a sampler, which change nothing."""

    forward_backward: int
    optim_step: int
    save_state: int
    asample: int = 0

    @property
    def most(self) -> int:
        """The largest count of an operation; the user requested each once."""
        return max(self.forward_backward, self.optim_step, self.save_state)

    @property
    def twice(self) -> bool:
        """Whether any operation was done more than once."""
        return self.most > 1


@dataclass(frozen=True)
class Found:
    """The measurement of a cell. Times are seconds from the first request at the place, None without the event.

    `seen` is "ok", "hangs", "not asked" or the exception's class; `requests` were sent while the fault lasted, at most
    `peak_per_s` within a second; `shortest_gap_s` lies between two of them; `timeout_s` is how long the SDK waited for
    an answer that never came, None if one came. `ended_s` is when the script ended.
    """

    sdk: str
    place: str
    answer: str
    seen: str
    message: str
    requests: int
    peak_per_s: int
    shortest_gap_s: float | None
    timeout_s: float | None
    ended_s: float | None
    applied: Applied

    @property
    def name(self) -> tuple[str, str, str]:
        """The cell: SDK, place and answer."""
        return self.sdk, self.place, self.answer

    @property
    def heeds_retry_after(self) -> bool | None:
        """Whether a Retry-After of 2 s was waited out, told in seconds or as a date.

        None where none was sent, or no request followed. Also None where the fault has no end: SDKs heed it within a
        round of attempts and not between two rounds.
        """
        answer = ANSWERS[self.answer]
        if not answer.tells_when or answer.endless or self.shortest_gap_s is None:
            return None
        return self.shortest_gap_s > 1.8

    @property
    def times_done(self) -> int | None:
        """How often the pod did the operation of the place; None unless the answer is given after the work."""
        if not ANSWERS[self.answer].done or not self.requests:
            return None
        return int(getattr(self.applied, PLACES[self.place].name))


Cell = tuple[str, str, str]
"""(sdk, place, answer), by their names."""
MakeUser = Callable[[World, str, Trace, Place], Awaitable[TrainingScript]]
"""(world, address of the stage, trace of the user's events, place) -> a user that is ready to train."""


async def play(world: World, sdk: str, make_user: MakeUser, place: Place, answer: Answer, hold_s: float) -> Found:
    """Let a new user of the SDK train through its own stage, and return the measurement."""
    platform = Platform(world.gateway, world.control_plane, lambda event: None)
    stage = Stage(platform, place, answer, hold_s, world.engine.time_of_day_s)
    address = await world.engine.serve("stage", stage)
    loop = asyncio.get_running_loop()

    def refuse() -> None:
        loop.call_later(hold_s, world.engine.refuse(address))

    stage.refuse = refuse
    trace = Trace()
    trace.clock(loop.time)
    user = await make_user(world, address, trace, place)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s(place, answer, hold_s)):
                await user.train()
    finally:
        await user.close()
    await asyncio.sleep(NOTICED_WITHIN_S)
    applied = await _settled(world.trace, stage.session_id, saved_as(address))
    return _found(sdk, place, answer, stage, trace, applied)


def think_s(place: Place, hold_s: float) -> float:
    """Return the pause between two calls: long enough for a heartbeat if that is the place."""
    return BEAT_S + hold_s if place.leg == "heartbeat" else 0.0


def patience_s(place: Place, answer: Answer, hold_s: float) -> float:
    """Return how long a user may train before it counts as hung."""
    if answer.endless:
        return ENDLESS_S
    return hold_s + PATIENCE_S + think_s(place, hold_s) + (SILENCE_S if answer.silent else 0.0)


def saved_as(address: str) -> str:
    """Return the name of the checkpoint of the user at `address`: each has its own, because all users share one job."""
    return f"at-{address.rpartition(':')[2]}"


def by_the_sdk(environment: SdkEnvironment, hold_s: float) -> MakeUser:
    """Return a function that makes a user of the real SDK, in a process of its own."""

    async def make(world: World, address: str, trace: Trace, place: Place) -> TrainingScript:
        user = SdkUser(environment, trace, task_at(world, address, place, hold_s))
        try:
            await user.prepare()
        except BaseException:
            await user.close()
            raise
        return user

    return make


def task_at(world: World, address: str, place: Place, hold_s: float) -> dict[str, Any]:
    """Return the task of the driver of real SDKs for a user of the stage at `address`."""
    script: list[dict[str, Any]] = [{"do": "info"}, {"do": "train"}, {"do": "save", "name": saved_as(address)}]
    if place.of_sampler:
        script = [drawing(saved_as(address), 1)]
    return {**task_of(world, address, script), "think_s": think_s(place, hold_s)}


async def _settled(world: Trace, session_id: str | None, saved: str) -> Applied:
    """Return what the pod did for this session, once it has done all accepted work or its time is over."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SETTLED_WITHIN_S
    while True:
        mine = [e.event for e in world.of(OperationAccepted, OperationFailed, GradientsAccumulated, StepApplied)]
        drawn = [entry.event.sampling_session_id for entry in world.of(SamplesDrawn)]
        mine = [event for event in mine if session_id is not None and event.model_id.startswith(f"{session_id}:")]
        taken = {
            event.seq_id
            for event in mine
            if isinstance(event, OperationAccepted) and event.kind in ("forward_backward", "optim_step", "save_weights")
        }
        saves = sum(entry.event.path.endswith(f"/{saved}") for entry in world.of(StateSaved))
        applied = Applied(
            sum(isinstance(event, GradientsAccumulated) for event in mine),
            sum(isinstance(event, StepApplied) for event in mine),
            saves,
            sum(session_id is not None and sampler.startswith(f"{session_id}:") for sampler in drawn),
        )
        failed = len({event.seq_id for event in mine if isinstance(event, OperationFailed)})
        done = applied.forward_backward + applied.optim_step + applied.save_state + failed
        if done >= len(taken) or loop.time() >= until_s:
            return applied
        await asyncio.sleep(0.1)


def _found(sdk: str, place: Place, answer: Answer, stage: Stage, trace: Trace, applied: Applied) -> Found:
    failed = next(trace.of(events.RunFailed), None)
    finished = next(trace.of(events.RunFinished), None)
    asked = stage.asked_s if stage.recovered_s is None else stage.asked_s[:-1]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    end = failed or finished
    seen = failed.event.type if failed else "ok" if finished else "hangs"
    return Found(
        sdk=sdk,
        place=place.name,
        answer=answer.name,
        seen=seen if asked else "not asked",
        message=failed.event.message[:200] if failed else "",
        requests=len(asked),
        peak_per_s=len(peak(asked)),
        shortest_gap_s=round(min(gaps), 3) if gaps else None,
        timeout_s=round(stage.waited_s[0], 1) if stage.waited_s else None,
        ended_s=round(end.at_s - asked[0], 2) if end and asked else None,
        applied=applied,
    )
