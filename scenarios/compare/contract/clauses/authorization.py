"""Who may ask for what."""

from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.compare.contract.answers import Answer
from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome, required
from gateway_sim.scenarios.compare.contract.trial import FOREIGN, JSON, Trial
from gateway_sim.scenarios.world.account import API_KEY


async def _let_in(trial: Trial, *headers: tuple[str, str]) -> Outcome:
    key = await trial.running()
    answer = await trial.ask(key, headers=[JSON, *headers], api_key=None)
    return None if trial.is_from(key, answer) else Missed(answer.told)


def _kept_out(trial: Trial, key: RouteKey, answer: Answer, status: int) -> Outcome:
    if trial.arrived(key):
        return Missed(f"sent the request to the pod, and {answer.told}")
    return None if answer.status == status else Missed(f"{answer.told} instead of {status}")


@required("a key in X-API-Key reaches its account's jobs", "every SDK sends its key there")
async def x_api_key(trial: Trial) -> Outcome:
    """Send it there alone."""
    return await _let_in(trial, ("x-api-key", API_KEY))


@required("a key in Authorization: Bearer reaches its account's jobs", "fireworks-ai 1.0 sends a key there too")
async def bearer(trial: Trial) -> Outcome:
    """Send it there alone."""
    return await _let_in(trial, ("authorization", f"Bearer {API_KEY}"))


@required(
    "a key as Bearer counts beside a placeholder in X-API-Key",
    "fireworks-ai 1.0 with tinker 0.18 connects with both",
)
async def placeholder(trial: Trial) -> Outcome:
    """Send both."""
    return await _let_in(trial, ("x-api-key", "tml-placeholder"), ("authorization", f"Bearer {API_KEY}"))


@required("without a key, 401", "an SDK says then that the key is missing, and sends no second request")
async def no_key(trial: Trial) -> Outcome:
    """Send none."""
    key = await trial.running()
    return _kept_out(trial, key, await trial.ask(key, api_key=None), 401)


@required("with an unknown key, 401", "an SDK says then that the key is wrong, and sends no second request")
async def unknown_key(trial: Trial) -> Outcome:
    """Send another."""
    key = await trial.running()
    return _kept_out(trial, key, await trial.ask(key, api_key="tml-of-no-account"), 401)


@required("with the key of another account, 403", "one account would train, or read, another account's model")
async def foreign_account(trial: Trial) -> Outcome:
    """Ask for the running job of another account."""
    key = await trial.running(account=FOREIGN)
    return _kept_out(trial, key, await trial.ask(key), 403)
