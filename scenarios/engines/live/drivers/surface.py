"""Calls every public method of an SDK's classes, and prints a line of JSON for each.

The SDK's own Python runs it with the SDK's kind, "tinker" or "fireworks", as its argument. It reads one line of JSON:

    {"control_plane": url, "gateway": url, "api_key", "tinker_key", "account", "job", "base_model"}

Each line on stdout is {"said": loaded | calling | walked | finished | failed, ...}. `calling` comes right before a
call, `walked` after it, with the class (`of`), the `method`, `came`: "works", "raises", "hangs", "no arguments" or "not
ready", and the facts of the exception: its type and module, the HTTP status and the problem's detail where the answer
had them, and its message. `after` is there for a training client whose call raised: "works" if the same client gives
logprobs afterwards, else the exception.
"""

import asyncio
import importlib
import inspect
import json
import os
import sys
import threading

from surface_arguments import arguments
from surface_stage import NoArguments, Stage

KIND = sys.argv[1] if len(sys.argv) > 1 else "tinker"
LIMIT_S = 900.0
"""How long a call may take; SDKs repeat a failed request for up to 300 s."""
TINKER = ("ServiceClient", "TrainingClient", "SamplingClient", "RestClient", "AdminClient")
FIREWORKS = (
    "FiretitanServiceClient", "FiretitanTrainingClient", "FiretitanSamplingClient", "TrainerJobManager",
    "FireworksClient", "DeploymentManager",
)  # fmt: skip


def say(said, **facts):
    """Print one line."""
    print(json.dumps({"said": said, **facts}), flush=True)


def classes():
    """Yield name and class of the SDK's surface, those that this version has."""
    for package, names in (("tinker", TINKER), ("fireworks.training.sdk", FIREWORKS)):
        try:
            module = importlib.import_module(package)
        except ModuleNotFoundError:
            continue
        for name in names:
            found = getattr(module, name, None)
            if found is None and name == "RestClient":
                found = importlib.import_module("tinker.lib.public_interfaces.rest_client").RestClient
            if found is not None:
                yield name, found


def methods(of):
    """Return the names of a class's public methods, in order."""
    public = (name for name in sorted(dir(of)) if not name.startswith("_"))
    return [name for name in public if callable(getattr(of, name))]


async def awaited(call):
    """Return what a call of an `_async` method comes to."""
    value = call()
    for _ in range(3):
        if inspect.isawaitable(value):
            value = await value
        elif callable(getattr(value, "result", None)):
            value = await asyncio.to_thread(value.result)
    return value


def waited(call):
    """Return what a call comes to: SDKs return a future of it, some of them a future of a future."""
    value = call()
    for _ in range(3):
        if callable(getattr(value, "result", None)):
            value = value.result()
    return value


def came_of(call, name):
    """Make one call in a thread of its own, and return the facts of its end."""
    end = {"came": "hangs"}

    def run():
        try:
            asyncio.run(awaited(call)) if name.endswith("_async") else waited(call)
            end["came"] = "works"
        except BaseException as error:
            end.update(came="raises", **named(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    return dict(end)


def named(error):
    """Return the facts of an exception; status and detail are those of it or of a cause."""
    facts = {"type": type(error).__name__, "module": type(error).__module__, "message": str(error)[:2000]}
    cause = error
    while cause is not None:
        answer = getattr(cause, "response", None)
        status = getattr(cause, "status_code", None) or getattr(answer, "status_code", None)
        if isinstance(status, int):
            facts.setdefault("status", status)
            if (detail := detail_of(cause, answer)) is not None:
                facts.setdefault("detail", detail)
        cause = cause.__cause__ or cause.__context__
    return facts


def detail_of(error, answer):
    """Return the detail of the problem+json that an exception carries; None without one."""
    body = getattr(error, "body", None)
    if not isinstance(body, dict):
        try:
            body = answer.json()
        except Exception:
            return None
    return body.get("detail") if isinstance(body, dict) else None


def walk(stage):
    """Call each method of each class once, and report it."""
    for of, kind in classes():
        for method in methods(kind):
            try:
                subject = stage.subject(of, method)
                words = arguments(stage, of, method, getattr(subject, method))
            except NoArguments as missing:
                say("walked", of=of, method=method, came="no arguments", message=str(missing))
                continue
            except Exception as error:
                say("walked", of=of, method=method, came="not ready", **named(error))
                continue
            say("calling", of=of, method=method)
            end = came_of(lambda: getattr(subject, method)(**words), method)  # noqa: B023 - it is called at once
            if end["came"] == "raises" and of.endswith("TrainingClient"):
                again = came_of(lambda: subject.forward(stage.data(), "cross_entropy"), "forward")  # noqa: B023
                end["after"] = "works" if again["came"] == "works" else again.get("message", again["came"])
            say("walked", of=of, method=method, **end)


def load():
    """Import the SDK, and each module that a call would import late."""
    for _, kind in classes():
        methods(kind)


def main():
    """Load the SDK, read the task, walk, and end the process without waiting for the SDK's threads."""
    try:
        load()
        say("loaded")
        line = sys.stdin.readline()
        if not line:
            os._exit(0)
        os.environ["TINKER_PROJECT_ID"] = "project-1"
        walk(Stage(KIND, json.loads(line)))
        say("finished")
    except BaseException as error:
        say("failed", **named(error))
    os._exit(0)


if __name__ == "__main__":
    main()
