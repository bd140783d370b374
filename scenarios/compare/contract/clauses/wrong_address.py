"""A route whose address is wrong."""

from gateway_sim.legs import Leg
from gateway_sim.scenarios.compare.contract.answers import not_as_a_pause, not_final
from gateway_sim.scenarios.compare.contract.clause import Clause, Missed, Outcome, proposed, required
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial

FAILED = (502, 503, 504)


def _of(leg: Leg, fenced: bool) -> Clause:
    async def check(trial: Trial) -> Outcome:
        key = await trial.moved(old_answers=fenced)
        answer = await trial.ask_leg(key, leg)
        if trial.is_from(key, answer, 2):
            return None
        return Missed(why) if (why := not_as_a_pause(answer, leg, "the new pod's answer or 503")) else None

    what = "whose old pod answers 421" if fenced else "whose old address is closed"
    sentence = f"{leg} for a job {what}: the new pod's answer, or 503 with Retry-After"
    why = (
        "421 is final for every SDK, though the new pod is up"
        if fenced
        else "an SDK polls hundreds of times a second on a 502, and waits 300 s on a dispatch, though the new pod is up"
    )
    return Clause(f"{'detour' if fenced else 'closed'}-{leg}", sentence, "proposed", why, check)


DETOURS = [_of(leg, fenced) for fenced in (True, False) for leg in PATHS if leg in ("dispatch", "poll")]


@proposed(
    "a deleted job whose route the replica still shows: 404 or 410",
    "its user is told after 300 s instead of at once, and a poll never ends",
)
async def deleted_unseen(trial: Trial) -> Outcome:
    """Ask for a job whose deletion the replica does not see."""
    why = not_final(await trial.ask(await trial.deleted(unseen=True)))
    return Missed(why) if why else None


@required(
    "a pod that cannot be reached: 502, 503 or 504, and no 404",
    "the job is there: a 404 ends a run that a restart of its pod would have saved",
)
async def unreachable(trial: Trial) -> Outcome:
    """Close the port of a pod whose route stays."""
    key = await trial.running()
    trial.pod(key).close()
    answer = await trial.ask(key)
    return None if answer.status in FAILED else Missed(f"{answer.told} instead of 502, 503 or 504")
