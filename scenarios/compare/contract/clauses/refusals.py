"""The form of refusals."""

from gateway_sim.proxy import PREFIX
from gateway_sim.scenarios.compare.contract.answers import Answer, not_as_a_refusal
from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome, proposed, required
from gateway_sim.scenarios.compare.contract.trial import FOREIGN, Trial
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY

WHY = "a cache on the way would give it to the next caller, and a user needs its sentence"


def _in_form(answer: Answer) -> Outcome:
    if answer.status < 400:
        return Missed(f"{answer.told} instead of a refusal")
    return Missed(why) if (why := not_as_a_refusal(answer)) else None


@required("a 401 is problem+json with no-store", WHY)
async def form_of_401(trial: Trial) -> Outcome:
    """Send no key."""
    return _in_form(await trial.ask(await trial.running(), api_key=None))


@required("a 403 is problem+json with no-store", WHY)
async def form_of_403(trial: Trial) -> Outcome:
    """Ask for another account's job."""
    return _in_form(await trial.ask(await trial.running(account=FOREIGN)))


@required("a refusal for a missing route is problem+json with no-store", WHY)
async def form_of_a_miss(trial: Trial) -> Outcome:
    """Ask for a job that never was."""
    return _in_form(await trial.ask(trial.nothing()))


@required("a refusal for a pod that cannot be reached is problem+json with no-store", WHY)
async def form_of_502(trial: Trial) -> Outcome:
    """Close the port of a pod whose route stays."""
    key = await trial.running()
    trial.pod(key).close()
    return _in_form(await trial.ask(key))


@proposed("a 503 for a pod that is on its way is problem+json with no-store", WHY)
async def form_of_503(trial: Trial) -> Outcome:
    """Ask while the pod is on its way, with a request that is not held."""
    answer = await trial.ask_leg(await trial.starting(), "other")
    return _in_form(answer) if answer.status == 503 else Missed(f"{answer.told} instead of 503")


@required("a path that names no job is refused as problem+json with no-store", WHY)
async def form_of_a_bad_path(trial: Trial) -> Outcome:
    """Ask for an account alone."""
    return _in_form(await trial.get_at(f"{PREFIX}{ACCOUNT}", "other", headers=[("x-api-key", API_KEY)]))
