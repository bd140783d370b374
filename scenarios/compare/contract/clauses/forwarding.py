"""What reaches the pod."""

from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome, required
from gateway_sim.scenarios.compare.contract.pods import Arrived, saying
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial

TRAINER = "fireworks-trainer"
CHECKPOINT = "api/v1/training_runs/run-1/checkpoints/weights/a%2Fb%20c"


async def _sent(trial: Trial, path: str, **how: object) -> tuple[RouteKey, Arrived] | Missed:
    """Send a request to a running job, and return what arrived."""
    key = await trial.running()
    answer = await trial.ask(key, path, **how)  # type: ignore[arg-type]
    arrived = trial.arrived(key)
    return (key, arrived[0]) if arrived else Missed(f"{answer.told}, and no request arrived at the pod")


@required("a request arrives at the pod at its path after the job's prefix", "every call of every SDK needs it")
async def path(trial: Trial) -> Outcome:
    """Send a dispatch."""
    sent = await _sent(trial, PATHS["dispatch"])
    if isinstance(sent, Missed):
        return sent
    arrived = sent[1]
    return None if arrived.path == f"/{PATHS['dispatch']}" else Missed(f"sent {arrived.path} to the pod")


@required("the query string arrives unchanged", "the lists of checkpoints and of runs are asked for by page")
async def query(trial: Trial) -> Outcome:
    """Send one with encoded and with empty parts."""
    words = "offset=10&limit=5&name=a%20b%2Fc+d&flag"
    sent = await _sent(trial, f"api/v1/checkpoints?{words}", method="GET", headers=(), body=b"")
    if isinstance(sent, Missed):
        return sent
    found = sent[1].path.partition("?")[2]
    return None if found == words else Missed(f"sent the query {found or '(none)'} instead of {words}")


@required("a percent-encoded path stays encoded", "a checkpoint whose name has a slash is deleted or published by it")
async def encoded_path(trial: Trial) -> Outcome:
    """Send an encoded slash and an encoded space."""
    sent = await _sent(trial, CHECKPOINT, method="GET", headers=(), body=b"")
    if isinstance(sent, Missed):
        return sent
    found = sent[1].path
    return None if found == f"/{CHECKPOINT}" else Missed(f"sent {found} to the pod instead of /{CHECKPOINT}")


@required("PUT and DELETE reach the pod", "tinker deletes checkpoints, and sets how long they are kept")
async def methods(trial: Trial) -> Outcome:
    """Send both."""
    key = await trial.running()
    for method in ("PUT", "DELETE"):
        answer = await trial.ask(key, CHECKPOINT, method=method)
        if [request.method for request in trial.arrived(key)][-1:] != [method]:
            return Missed(f"{answer.told} to {method}, which did not arrive at the pod")
    return None


@required(
    "the pod is told the job and the generation in FIREWORKS-TRAINER",
    "a pod refuses another job's requests by it (421), so that no run trains on another's model",
)
async def trainer(trial: Trial) -> Outcome:
    """Look at the header at the pod."""
    sent = await _sent(trial, PATHS["dispatch"])
    if isinstance(sent, Missed):
        return sent
    key, arrived = sent
    return _named(arrived, f"{key}@1")


@required("a caller cannot name another job in FIREWORKS-TRAINER", "a pod trusts this header")
async def forged_trainer(trial: Trial) -> Outcome:
    """Send a header that names another job."""
    sent = await _sent(trial, PATHS["dispatch"], headers=[(TRAINER, "acme/other@7")])
    if isinstance(sent, Missed):
        return sent
    key, arrived = sent
    return _named(arrived, f"{key}@1")


def _named(arrived: Arrived, wanted: str) -> Outcome:
    found = arrived.header(TRAINER)
    return None if found == [wanted] else Missed(f"told the pod {' and '.join(found) or 'nothing'}, not {wanted}")


@required(
    "the pod's own status, headers and body are the answer, also of a 404 or 408",
    "an SDK reads the pod's 408 as still computing, and must tell the pod's 404 from the gateway's",
)
async def answers_of_the_pod(trial: Trial) -> Outcome:
    """Let the pod say that a future is still computed."""
    body = b'{"queue_state": "active"}'
    key = await trial.running(answer=saying(408, body, ("content-type", "application/json"), ("x-pod", "one")))
    answer = await trial.ask(key, PATHS["poll"])
    if (answer.status, answer.body) != (408, body):
        return Missed(f"{answer.told} where the pod answered 408, or changed its body")
    if answer.header("x-pod") != "one" or not answer.header("content-type").startswith("application/json"):
        return Missed("dropped or changed headers of the pod's answer")
    return None


@required(
    "a redirect is passed on, not followed",
    "a gateway that follows one fetches for a caller what only the platform can reach",
)
async def redirect(trial: Trial) -> Outcome:
    """Let the pod redirect."""
    key = await trial.running(answer=saying(302, b"", ("location", "http://127.0.0.1:9/archive")))
    answer = await trial.ask(key, PATHS["other"], method="GET", headers=(), body=b"")
    if answer.status != 302:
        return Missed(f"{answer.told} where the pod answered 302")
    found = answer.header("location")
    return (
        None if found == "http://127.0.0.1:9/archive" else Missed(f"{answer.told} with Location {found or 'missing'}")
    )
