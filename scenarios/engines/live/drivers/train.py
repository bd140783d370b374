"""A user's training script on a real SDK: connect, then follow the script, with a line of JSON for each call.

The SDK's own Python runs it with the SDK's kind, "tinker" or "fireworks", as its argument. It imports the SDK, prints
`loaded`, and waits for one line of JSON on stdin, the task:

    {"client": "plain" | "blanket-404" | "warmup-verified", "control_plane": url, "gateway": url, "api_key",
     "account", "job", "base_model", "lora_rank", "batches": [[{"tokens", "targets", "weights"}, ...], ...],
     "adam": {...}, "think_s", "poll_s",
     "script": [{"do": "train", "loss"?, "sampled"?} | {"do": "save", "name"} |
                {"do": "load", "with_optimizer", "step", "path"?} |
                {"do": "draw", "name", "prompt", "params": [{...}, ...]} | ...]}

Each line on stdout is {"said": loaded | ready | warmed | connected | called | raised | step | drew | finished |
failed, ...}. `drew` is a sequence of a sampling client, with its tokens and their log-probabilities. `called` and
`raised` report one call of the SDK: its name, its seconds, and its result or exception. `warmed` has the outcome of the
warm-up and its seconds, `failed` the exception that ended the script. An exception has its type, its module, its text
and its HTTP status.
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


def get(task, url, timeout_s):
    """Return the answer to a GET with the task's API key. Raises `OSError`, also for an HTTP error."""
    request = urllib.request.Request(url, headers={"X-Api-Key": task["api_key"]})
    return urllib.request.urlopen(request, timeout=timeout_s)


def job_state(task):
    """Return the job's state from the control plane. Raises `OSError`."""
    job = f"{task['control_plane']}/v1/accounts/{task['account']}/rlorTrainerJobs/{task['job']}"
    with get(task, job, timeout_s=30) as answer:
        return json.load(answer)["state"]


def ready_by_fireworks(task):
    """Wait for the trainer as fireworks-ai does, and return its base URL."""
    sdk = importlib.import_module("fireworks.training.sdk")
    manager = sdk.TrainerJobManager(api_key=task["api_key"], base_url=task["control_plane"])
    return manager.wait_for_existing(task["job"], poll_interval_s=task["poll_s"]).base_url


def ready_by_hand(task):
    """Wait for the trainer by the same two requests; tinker alone has no function for them."""
    base_url = f"{task['gateway']}/training/v1/rlorTrainerJobs/{task['account']}/{task['job']}"
    while True:
        if job_state(task) == RUNNING:
            try:
                with get(task, f"{base_url}/api/v1/healthz", timeout_s=5) as answer:
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
    # newer tinkers return a future of the client
    return client.result() if hasattr(client, "result") else client


def load():
    """Import the SDK, and return its types: fireworks-ai's own if it has any, else tinker's."""
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
    """Return a batch in the SDK's types; with `sampled`, {"logprobs", "advantages"}, as a batch of sampled tokens."""

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
    """Return cross_entropy as a user's own loss for forward_backward_custom."""
    import torch

    weights = [torch.tensor(datum.loss_fn_inputs["weights"].data) for datum in data]
    return -sum((w * p).sum() for w, p in zip(weights, logprobs, strict=True)), {}


def is_not_found(error):
    """Return whether an exception is `tinker.NotFoundError`, the only class that both PRs catch."""
    tinker = sys.modules.get("tinker")
    return tinker is not None and isinstance(error, tinker.NotFoundError)


def warm_up(client):
    """Call get_info until it succeeds 3 times in a row, a second apart, for at most 120 s: PR 348's warm-up.

    A 404 resets the count, and the next probe waits 2 s, doubling up to 15. Any other failure skips the warm-up, which
    must not mask a broken trainer.
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
    """Make one call of the SDK, and report its result or exception."""
    began = time.monotonic()
    try:
        result = send()
    except Exception as error:
        say("raised", call=name, took_s=time.monotonic() - began, **named(error))
        raise
    say("called", call=name, took_s=time.monotonic() - began, **facts_of(result))
    return result


def retry_of(task):
    """Return the client policy's retry loop for each training call: none, PR 344's or PR 348's."""
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
    """Return whether the control plane says that the job runs; False if the request fails."""
    try:
        return job_state(task) == RUNNING
    except OSError:
        return False


def train(task, types, client, verb, state):
    """Make one step: the two calls, each in the policy's retry loop."""
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
    """Do one action of the script other than a step, and return the facts to report."""
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
    if verb["do"] == "draw":
        return importlib.import_module("sequences").draw(types, client, verb, say)
    raise SystemExit(f"the script asks for {verb['do']!r}, which this driver does not know")


def named(error):
    """Return the facts of an exception: type, module, message, HTTP status."""
    kind = type(error)
    module, status = kind.__module__, status_of(error)
    return {"type": kind.__name__, "module": module, "message": str(error)[:2000], "status": status}


def status_of(error):
    """Return the HTTP status of an exception or of its causes; None if there is none."""
    while error is not None:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__ or error.__context__
    return None


def main():
    """Load the SDK, read the task, train, and end the process without waiting for the SDK's threads."""
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
