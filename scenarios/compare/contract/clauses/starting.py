"""A pod that is on its way."""

import asyncio

from gateway_sim.legs import Leg
from gateway_sim.scenarios.compare.contract.answers import not_as_a_pause
from gateway_sim.scenarios.compare.contract.clause import Clause, Missed, Outcome, proposed
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial

COMES_UP_AFTER_S = 0.5
WHY: dict[Leg, str] = {
    "connect": "tinker raises NotFoundError after one 404 on create_session",
    "dispatch": "tinker raises NotFoundError after one 404 on a dispatch; without Retry-After it hurries",
    "sample": "tinker raises NotFoundError after one 404 on a sample: all answers of its batch are lost",
    "poll": "tinker raises ValueError after one 404 on a poll, and sends hundreds of polls a second on a bare 503",
    "heartbeat": "the SDKs ignore a refused heartbeat; one that is held for more than 10 s times out",
    "health": "fireworks-ai asks again after any refusal; an answer after its timeout of 5 s is lost",
    "other": "tinker raises NotFoundError after one 404 on a REST call",
}


def _of(leg: Leg) -> Clause:
    async def check(trial: Trial) -> Outcome:
        answer = await trial.ask_leg(await trial.starting(), leg)
        why = not_as_a_pause(answer, leg)
        return Missed(why) if why else None

    held = ", after a second or more" if leg == "poll" else ""
    sentence = f"{leg} while the pod is on its way: 503 with Retry-After{held}"
    return Clause(f"starting-{leg}", sentence, "proposed", WHY[leg], check)


STARTING = [_of(leg) for leg in PATHS]


@proposed("a held poll is sent to the pod that came up", "the run goes on at once, and no poll is wasted")
async def held_poll_is_forwarded(trial: Trial) -> Outcome:
    """Let the pod come up soon after the poll was sent."""
    key = await trial.starting()
    async with asyncio.TaskGroup() as group:
        polled = group.create_task(trial.ask_leg(key, "poll"))
        await asyncio.sleep(COMES_UP_AFTER_S)
        trial.come_up(key)
    answer = polled.result()
    return None if trial.is_from(key, answer, 2) else Missed(f"{answer.told} though the pod came up")
