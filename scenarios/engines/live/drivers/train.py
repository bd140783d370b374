"""A user's training script on a real SDK: connect, then do what the script says, a line of JSON for each call.

Run by the SDK's own Python with the SDK's kind, "tinker" or "fireworks", as its argument. It imports the SDK, says
`loaded`, and waits for one line of JSON on stdin, the task:

    {"client": "plain" | "blanket-404" | "warmup-verified", "control_plane": url, "gateway": url, "api_key",
     "account", "job", "base_model", "lora_rank", "batches": [[{"tokens", "targets", "weights"}, ...], ...],
     "adam": {...}, "think_s", "poll_s",
     "script": [{"do": "train", "loss"?, "sampled"?} | {"do": "save", "name"} |
                {"do": "load", "with_optimizer", "step", "path"?} | ...]}

Each line on stdout is {"said": loaded | ready | warmed | connected | called | raised | step | finished | failed, ...}.
`called` and `raised` tell of one call of the SDK: its name, the seconds it took, and what it returned or raised.
`warmed` has how the warm-up ended and the seconds it took, `failed` what the script died of. An exception is told as
the user would see it: its type with its module, its text, and the HTTP status it came from.
"""

import importlib
import json
import os
import sys
import time
import urllib.request
from functools import partial

KIND = sys.argv[1] if len(sys.argv) > 1 else "tinker"
RUNNING = "JOB_STATE_RUNNING"


def say(said, **facts):
    """Print one line."""
    print(json.dumps({"said": said, **facts}), flush=True)


def ready_by_fireworks(task):
    """Wait for the trainer as fireworks-ai does, and return its base URL."""
    sdk = importlib.import_module("fireworks.training.sdk")
    manager = sdk.TrainerJobManager(api_key=task["api_key"], base_url=task["control_plane"])
    return manager.wait_for_existing(task["job"], poll_interval_s=task["poll_s"]).base_url


def ready_by_hand(task):
    """Wait for the trainer by the same two questions; plain tinker has no words for them."""
    headers = {"X-Api-Key": task["api_key"]}
    job = f"{task['control_plane']}/v1/accounts/{task['account']}/rlorTrainerJobs/{task['job']}"
    base_url = f"{task['gateway']}/training/v1/rlorTrainerJobs/{task['account']}/{task['job']}"
    while True:
        state = json.load(urllib.request.urlopen(urllib.request.Request(job, headers=headers), timeout=30))["state"]
        if state == RUNNING:
            try:
                asked = urllib.request.Request(f"{base_url}/api/v1/healthz", headers=headers)
                with urllib.request.urlopen(asked, timeout=5) as answer:
                    if answer.status == 200:
                        return base_url
            except OSError:
                pass
        time.sleep(task["poll_s"])


def connect(task, base_url):
    """Return a training client of the SDK."""
    if KIND == "fireworks":
        sdk = importlib.import_module("fireworks.training.sdk")
        service = sdk.FiretitanServiceClient(base_url=base_url, api_key=task["api_key"])
        return service.create_training_client(base_model=task["base_model"], lora_rank=task["lora_rank"])
    tinker = importlib.import_module("tinker")
    service = tinker.ServiceClient(base_url=base_url, api_key=task["api_key"])
    client = service.create_lora_training_client(base_model=task["base_model"], rank=task["lora_rank"])
    # newer tinkers give a future of the client
    return client.result() if hasattr(client, "result") else client


def load():
    """Import what the SDK needs, and return its types: fireworks-ai's own where it has some, else tinker's."""
    if KIND == "fireworks":
        sdk = importlib.import_module("fireworks.training.sdk")
        for name in ("FiretitanServiceClient", "TrainerJobManager"):
            getattr(sdk, name)
        try:
            return importlib.import_module("fireworks.training.sdk.types")
        except ModuleNotFoundError:
            pass
    return importlib.import_module("tinker").types


def data_of(types, batch, sampled=None):
    """Return a batch in the SDK's own words; with `sampled`, {"logprobs", "advantages"}, as one of sampled tokens."""

    def floats(values):
        return types.TensorData(data=values, dtype="float32", shape=[len(values)])

    def inputs_of(row):
        length = len(row["targets"])
        targets = types.TensorData(data=row["targets"], dtype="int64", shape=[length])
        if sampled is None:
            return {"target_tokens": targets, "weights": floats(row["weights"])}
        return {"target_tokens": targets, **{field: floats([value] * length) for field, value in sampled.items()}}

    return [
        types.Datum(model_input=types.ModelInput.from_ints(tokens=row["tokens"]), loss_fn_inputs=inputs_of(row))
        for row in batch
    ]


def negative_log_likelihood(data, logprobs):
    """Return cross_entropy as a user would write it for forward_backward_custom."""
    import torch

    weights = [torch.tensor(datum.loss_fn_inputs["weights"].data) for datum in data]
    return -sum((w * p).sum() for w, p in zip(weights, logprobs, strict=True)), {}


def is_not_found(error):
    """Say whether an exception is the one that both PRs catch: `tinker.NotFoundError`, and no other class."""
    tinker = sys.modules.get("tinker")
    return tinker is not None and isinstance(error, tinker.NotFoundError)


def warm_up(client):
    """PR 348's warm-up: get_info until it succeeds 3 times in a row, at most 120 s, a second apart.

    A 404 counts anew, and the next probe waits 2 s, doubling up to 15. Any other failure skips the warm-up, so that it
    does not mask a broken trainer.
    """
    began, successes, misses, last = time.monotonic(), 0, 0, None

    def warmed(outcome):
        say("warmed", outcome=outcome, took_s=time.monotonic() - began)

    while True:
        try:
            client.get_info()
            successes, misses = successes + 1, 0
        except Exception as error:
            if not is_not_found(error):
                return warmed("skipped")
            successes, misses, last = 0, misses + 1, error
        if successes >= 3:
            return warmed("ready")
        if time.monotonic() - began > 120:
            warmed("timed_out")
            raise last or TimeoutError("the data plane was not ready after 120 s")
        time.sleep(min(2.0 * 2 ** (misses - 1), 15.0) if misses else 1.0)


def tried(name, send, facts_of=lambda result: {}):
    """Make one call of the SDK, and say what came of it."""
    began = time.monotonic()
    try:
        result = send()
    except Exception as error:
        say("raised", call=name, took_s=time.monotonic() - began, **named(error))
        raise
    say("called", call=name, took_s=time.monotonic() - began, **facts_of(result))
    return result


def retry_of(task):
    """Return the loop that the client policy puts around each training call: none, PR 344's or PR 348's."""
    waits = {"plain": (), "blanket-404": (2, 4, 8, 16, 30, 30), "warmup-verified": (2, 4, 8, 15)}[task["client"]]

    def call(name, send, facts_of=lambda result: {}):
        for wait_s in (*waits, None):
            try:
                return tried(name, lambda: send().result(), facts_of)
            except Exception as error:
                if wait_s is None or not is_not_found(error):
                    raise
                if task["client"] == "warmup-verified" and not is_running(task):
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    return call


def is_running(task):
    """Ask the control plane whether the job runs; a probe that fails says no."""
    job = f"{task['control_plane']}/v1/accounts/{task['account']}/rlorTrainerJobs/{task['job']}"
    asked = urllib.request.Request(job, headers={"X-Api-Key": task["api_key"]})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)["state"] == RUNNING
    except OSError:
        return False


def train(task, types, client, verb, state):
    """Make one step: the two calls, with the policy's loop around each."""
    time.sleep(task["think_s"])
    data = data_of(types, batch_of(task, state), verb.get("sampled"))

    def loss(output):
        return {"loss": output.metrics.get("loss:sum")}

    if verb.get("custom"):
        own = partial(client.forward_backward_custom, data, negative_log_likelihood)
        state["retry"]("forward_backward_custom", own, loss)
    else:
        built_in = partial(client.forward_backward, data, verb.get("loss", "cross_entropy"))
        state["retry"]("forward_backward", built_in, loss)
    state["retry"]("optim_step", lambda: client.optim_step(types.AdamParams(**task["adam"])))
    state["step"] += 1
    say("step", step=state["step"])


def batch_of(task, state):
    """Return the rows of the next step; none after the last."""
    return task["batches"][state["step"]] if state["step"] < len(task["batches"]) else []


def perform(task, types, client, verb, state):
    """Do one thing of the script that is not a step, and return the facts worth telling."""
    if verb["do"] == "save":
        state["path"] = client.save_state(verb["name"]).result().path
        return {"path": state["path"], "step": state["step"]}
    if verb["do"] == "load":
        load = client.load_state_with_optimizer if verb.get("with_optimizer") else client.load_state
        path = verb.get("path") or state["path"]
        load(path).result()
        state["step"] = verb["step"]
        return {"path": path}
    if verb["do"] == "checkpoints":
        return {"names": client.list_checkpoints()}
    if verb["do"] == "unload":
        return {"model_id": client.unload_model().result().model_id}
    if verb["do"] == "forward":
        data = data_of(types, batch_of(task, state), verb.get("sampled"))
        return {"loss": client.forward(data, "cross_entropy").result().metrics.get("loss:sum")}
    if verb["do"] == "info":
        return {"info": str(client.get_info().model_id)}
    if verb["do"] == "sampler":
        saved = client.save_weights_for_sampler(verb["name"])
        return {"path": str(getattr(saved.result() if hasattr(saved, "result") else saved, "path", ""))}
    raise SystemExit(f"the script asks for {verb['do']!r}, which this driver does not know")


def named(error):
    """Return an exception as its user sees it."""
    kind = type(error)
    module, status = kind.__module__, status_of(error)
    return {"type": kind.__name__, "module": module, "message": str(error)[:2000], "status": status}


def status_of(error):
    """Return the HTTP status that an exception came from, looking along its causes; None if there is none."""
    while error is not None:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__ or error.__context__
    return None


def main():
    """Load, read the task, train, and end the process at once: an SDK's threads must not keep it."""
    try:
        types = load()
        say("loaded")
        line = sys.stdin.readline()
        if not line:
            os._exit(0)
        task = json.loads(line)
        base_url = (ready_by_fireworks if KIND == "fireworks" else ready_by_hand)(task)
        say("ready")
        client = tried("connect", lambda: connect(task, base_url))
        if task["client"] == "warmup-verified":
            warm_up(client)
        say("connected")
        state = {"step": 0, "path": None, "retry": retry_of(task)}
        for verb in task["script"]:
            if verb["do"] == "train":
                train(task, types, client, verb, state)
            else:
                tried(verb["do"], partial(perform, task, types, client, verb, state), dict)
        say("finished")
    except BaseException as error:
        say("failed", **named(error))
    os._exit(0)


if __name__ == "__main__":
    main()
