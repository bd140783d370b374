"""A table that cannot be read strongly."""

from gateway_sim.legs import Leg
from gateway_sim.scenarios.compare.contract.answers import not_as_a_pause
from gateway_sim.scenarios.compare.contract.clause import Clause, Missed, Outcome
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial

WHY = "nothing is known then: a 404 ends a healthy run, and a 500 makes a poller spin"


def _of(leg: Leg) -> Clause:
    async def check(trial: Trial) -> Outcome:
        answer = await trial.ask_leg(await trial.running(unseen=True), leg)
        why = not_as_a_pause(answer, leg)
        return Missed(why) if why else None

    held = ", after a second or more" if leg == "poll" else ""
    sentence = f"{leg} on a stale replica while strong reads are refused: 503 with Retry-After{held}"
    return Clause(f"unreadable-{leg}", sentence, "proposed", WHY, check, unreadable=True)


UNREADABLE = [_of(leg) for leg in PATHS if leg in ("dispatch", "poll")]
