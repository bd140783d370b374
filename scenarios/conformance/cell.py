"""One field of the conformance table: one SDK, one place, one answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scenarios import events
from scenarios.conformance.answers import ANSWERS, Answer
from scenarios.conformance.places import Place
from scenarios.conformance.stage import Stage
from scenarios.live.platform import Platform
from scenarios.live.sdk_environments import SdkEnvironment
from scenarios.live.sdk_user import SdkUser, task_of
from scenarios.world.build import World
from scenarios.world.trace import Trace
from scenarios.world.user import Trainee
from trainer_pod.events import GradientsAccumulated, StepApplied

PATIENCE_S = 45.0
"""How long after the fault has cleared a user may still be waiting, before the cell says that it hangs."""
BEAT_S = 11.0
"""A user must live this long for its first heartbeat (PROTOCOL §1.5)."""


@dataclass(frozen=True)
class Found:
    """What was measured. Times are seconds from the first request at the place; None where it never came to that.

    `seen` is "ok", "hangs", "not asked" or the exception's class; `requests` were sent while the fault lasted, at most
    `peak_per_s` within a second; `shortest_gap_s` lies between two of them. `applied` counts the forward_backwards and
    the optimizer steps that the pod applied for this user.
    """

    sdk: str
    place: str
    answer: str
    seen: str
    message: str
    requests: int
    peak_per_s: int
    shortest_gap_s: float | None
    ended_s: float | None
    applied: tuple[int, int]

    @property
    def heeds_retry_after(self) -> bool | None:
        """Whether a Retry-After of 2 s was waited out; None where none was sent, or nothing was sent again."""
        if "retry-after" not in ANSWERS[self.answer].headers or self.shortest_gap_s is None:
            return None
        return self.shortest_gap_s > 1.8


MakeUser = Callable[[World, str, Trace, Place], Awaitable[Trainee]]
"""(world, address of the stage, trace of the user's events, place) -> a user who is ready to train there."""


async def play(world: World, sdk: str, make_user: MakeUser, place: Place, answer: Answer, hold_s: float) -> Found:
    """Let a new user of the SDK train through a stage of its own, and return what was found."""
    stage = Stage(Platform(world.gateway, world.control_plane, lambda event: None), place, answer, hold_s)
    address = await world.engine.serve("stage", stage)
    stage.refuse = lambda: world.engine.refuse(address, hold_s)
    trace = Trace()
    trace.clock(asyncio.get_running_loop().time)
    user = await make_user(world, address, trace, place)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(hold_s + PATIENCE_S + think_s(place, hold_s)):
                await user.train()
    finally:
        await user.close()
    return _found(sdk, place, answer, stage, trace, world.trace)


def think_s(place: Place, hold_s: float) -> float:
    """Return how long the user thinks between two calls: long enough to be seen beating where that is the place."""
    return BEAT_S + hold_s if place.leg == "beat" else 0.0


def by_the_sdk(environment: SdkEnvironment, hold_s: float) -> MakeUser:
    """Return what makes a user of the real SDK, in a process of its own."""

    async def make(world: World, address: str, trace: Trace, place: Place) -> Trainee:
        script: list[dict[str, Any]] = [{"do": "info"}, {"do": "train"}, {"do": "save", "name": f"at-{address[-5:]}"}]
        task = {**task_of(world, address, script), "think_s": think_s(place, hold_s)}
        user = SdkUser(environment, trace, task)
        try:
            await user.prepare()
        except BaseException:
            await user.close()
            raise
        return user

    return make


def _found(sdk: str, place: Place, answer: Answer, stage: Stage, trace: Trace, world: Trace) -> Found:
    failed = next(trace.of(events.RunFailed), None)
    finished = next(trace.of(events.RunFinished), None)
    asked = stage.asked_s if stage.recovered_s is None else stage.asked_s[:-1]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    end = failed or finished
    seen = failed.event.type if failed else "ok" if finished else "hangs"
    mine = [e.event for e in world.of(GradientsAccumulated, StepApplied) if _is_of(e.event.model_id, stage.session_id)]
    return Found(
        sdk=sdk,
        place=place.name,
        answer=answer.name,
        seen=seen if asked else "not asked",
        message=failed.event.message[:200] if failed else "",
        requests=len(asked),
        peak_per_s=max((sum(start <= at < start + 1.0 for at in asked) for start in asked[:50]), default=0),
        shortest_gap_s=round(min(gaps), 3) if gaps else None,
        ended_s=round(end.at_s - asked[0], 2) if end and asked else None,
        applied=(
            sum(isinstance(event, GradientsAccumulated) for event in mine),
            sum(isinstance(event, StepApplied) for event in mine),
        ),
    )


def _is_of(model_id: str, session_id: str | None) -> bool:
    return session_id is not None and model_id.startswith(f"{session_id}:")
