"""A job that is gone, or never was."""

from gateway_sim.legs import Leg
from gateway_sim.scenarios.compare.contract.answers import not_final, not_told_as_final
from gateway_sim.scenarios.compare.contract.clause import Clause, Missed, Outcome, proposed
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial

AT_ONCE_S = 3.0
WHY: dict[Leg, str] = {
    "connect": "an SDK retries create_session for a minute",
    "dispatch": "an SDK retries a dispatch for 300 s before it tells its user",
    "sample": "an SDK retries a sample for two hours before it tells its user",
    "poll": "an SDK polls for ever: a poll has no budget",
    "heartbeat": "the SDKs ignore it, but another caller learns by it that the job has ended",
    "health": "fireworks-ai asks again after any refusal, but another caller learns by it that the job has ended",
    "other": "an SDK retries before it tells its user",
}


def _of(leg: Leg, deleted: bool) -> Clause:
    async def check(trial: Trial) -> Outcome:
        key = await trial.deleted() if deleted else trial.nothing()
        answer = await trial.ask_leg(key, leg)
        if why := not_final(answer):
            return Missed(why)
        return Missed(f"held it: {answer.told}") if answer.after_s > AT_ONCE_S else None

    name, job = ("deleted", "a deleted job") if deleted else ("unknown", "a job that never was")
    return Clause(f"{name}-{leg}", f"{leg} for {job}: 404 or 410, at once", "required", WHY[leg], check)


DELETED = [_of(leg, deleted=True) for leg in PATHS]
UNKNOWN = [_of(leg, deleted=False) for leg in PATHS]


@proposed(
    "the 404 for a deleted job says x-should-retry: false",
    "a client that retries any 404 (PR 344) waits for its whole budget; the SDKs themselves read the header",
)
async def deleted_is_told(trial: Trial) -> Outcome:
    """Ask for a deleted job."""
    why = not_told_as_final(await trial.ask(await trial.deleted()))
    return Missed(why) if why else None


@proposed(
    "the 404 for a job that never was says x-should-retry: false",
    "a client that retries any 404 (PR 344) waits for its whole budget; the SDKs themselves read the header",
)
async def unknown_is_told(trial: Trial) -> Outcome:
    """Ask for a job that never was."""
    why = not_told_as_final(await trial.ask(trial.nothing()))
    return Missed(why) if why else None
