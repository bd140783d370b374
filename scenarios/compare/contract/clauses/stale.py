"""A replica that does not see the route yet."""

import asyncio

from gateway_sim.legs import Leg
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.compare.contract.answers import Answer, not_as_a_pause
from gateway_sim.scenarios.compare.contract.clause import Clause, Missed, NotApplicable, Outcome, proposed
from gateway_sim.scenarios.compare.contract.trial import JSON, PATHS, Trial

CALLERS = 10
WHY: dict[Leg, str] = {
    "connect": "tinker raises NotFoundError after one 404 on create_session: the run never begins",
    "dispatch": "tinker raises NotFoundError after one 404 on a dispatch: the run ends, though its pod is up",
    "sample": "tinker raises NotFoundError after one 404 on a sample: the rollout ends, though its pod is up",
    "poll": "tinker raises ValueError after one 404 on a poll, and sends hundreds of polls a second on a bare 503",
    "heartbeat": "the SDKs ignore a refused heartbeat, and warn after 120 s; another caller takes a 404 as the end",
    "health": "fireworks-ai asks again after any refusal; another caller takes a 404 as the end",
    "other": "tinker raises NotFoundError after one 404 on a REST call",
}


def _waited_out(trial: Trial, key: RouteKey, answer: Answer, leg: Leg, incarnation: int = 1) -> Outcome:
    """Return None if the pod answered, or if the caller can wait the answer out."""
    if trial.is_from(key, answer, incarnation):
        return None
    return Missed(why) if (why := not_as_a_pause(answer, leg, "the pod's answer or 503")) else None


def _read_strongly(trial: Trial, key: RouteKey, answer: Answer, incarnation: int = 1) -> Outcome:
    """As `_waited_out`, but a gateway that does not read strongly on a miss has nothing to do with this."""
    if not trial.is_from(key, answer, incarnation) and not not_as_a_pause(answer, "dispatch"):
        return NotApplicable(f"{answer.told}: it does not read the table strongly on a miss")
    return _waited_out(trial, key, answer, "dispatch", incarnation)


def _of(leg: Leg) -> Clause:
    async def check(trial: Trial) -> Outcome:
        key = await trial.running(unseen=True)
        return _waited_out(trial, key, await trial.ask_leg(key, leg), leg)

    held = ", after a second or more" if leg == "poll" else ""
    sentence = f"{leg} on a stale replica: the pod's answer, or 503 with Retry-After{held}"
    return Clause(f"stale-{leg}", sentence, "proposed", WHY[leg], check)


STALE = [_of(leg) for leg in PATHS]


@proposed("a route that a strong read finds is used at once", "the caller sees no error at all, and waits for no lag")
async def strong_read(trial: Trial) -> Outcome:
    """Ask for a job that the replica does not see."""
    key = await trial.running(unseen=True)
    return _read_strongly(trial, key, await trial.ask(key))


@proposed(
    f"{CALLERS} requests at the same time cost one strong read",
    "a strong read costs twice as much, and a popular job that is late would throttle the table",
)
async def coalesced(trial: Trial) -> Outcome:
    """Send them at the same time."""
    key = await trial.running(unseen=True)
    answers = await asyncio.gather(*(trial.ask(key) for _ in range(CALLERS)))
    for answer in answers:
        if (outcome := _read_strongly(trial, key, answer)) is not None:
            return outcome
    reads = trial.strong_reads(key)
    return Missed(f"read the route strongly {reads} times for {CALLERS} requests") if reads > 1 else None


@proposed(
    "a request with x-route-generation reaches no pod of an older generation",
    "a client that has seen the new pod must not go back to the old one, whose model is older",
)
async def generation(trial: Trial) -> Outcome:
    """Ask for generation 2 where the replica still shows the first, whose pod would answer."""
    key = await trial.moved(old_answers=True)
    answer = await trial.ask(key, headers=[JSON, ("x-route-generation", "2")])
    if trial.pods.pods[key][0].arrived:
        return Missed(f"sent it to the pod of generation 1: {answer.told}")
    return _waited_out(trial, key, answer, "dispatch", 2)


@proposed(
    "an old tombstone is not final: the job may run again",
    "tinker raises NotFoundError on a job that was started again, because one replica is late",
)
async def old_tombstone(trial: Trial) -> Outcome:
    """Ask for a job that was deleted and started again, of which the replica sees the deletion only."""
    key = await trial.recreated()
    return _waited_out(trial, key, await trial.ask(key), "dispatch", 2)
