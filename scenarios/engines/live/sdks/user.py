"""The user's script on a real SDK: a process in the SDK's own environment that gets a task and reports its calls."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from gateway_sim.client.events import CallAnswered, Connected, ReadinessReached, WarmupFinished
from gateway_sim.scenarios.engines.live import drivers
from gateway_sim.scenarios.engines.live.forkserver import Fork, ForkDied, Origin, forks
from gateway_sim.scenarios.engines.live.platform import serve_platform
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.sequences import PROMPT, mark_of, params_of, saved_for
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import ADAM
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.text import batch

DRIVERS = Path(drivers.__file__).parent
LOADED_WITHIN_S = 120.0
POLL_JOB_EVERY_S = 5.0
"""As fireworks-ai polls the control plane (docs/reference/protocol.md §3)."""
QUIET = {"TINKER_TELEMETRY": "0", "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}


class SdkDied(GatewaySimError):
    """The SDK's process ended without a report; the message ends with its last output."""


class SdkUser:
    """Runs one script on one real SDK; the driver's lines become the same events that `User` emits.

    `prepare` loads the SDK before `train`, because the import takes as many seconds as a race.
    """

    def __init__(self, environment: SdkEnvironment, trace: Trace, task: dict[str, Any]) -> None:
        self._environment = environment
        self._task = {**task, "api_key": key_of(environment)}
        self._reports = DriverReports(trace)
        self._emit = trace.emitter("user")
        self._process: Fork | None = None
        self.said: list[dict[str, Any]] = []

    async def prepare(self) -> None:
        """Start the process and wait until it has loaded the SDK. Raises `SdkDied`."""
        driver = Origin(str(self._environment.python), str(DRIVERS), "train", (self._environment.kind,), environ=QUIET)
        try:
            async with asyncio.timeout(LOADED_WITHIN_S):
                self._process = await forks.start("sdk", driver)
                first = await self._line()
        except (TimeoutError, ForkDied) as silent:
            first = {"message": str(silent)} if str(silent) else None
        if first is None or first.get("said") != "loaded":
            await self.close()
            told = first or {"message": "it said nothing"}
            raise SdkDied(f"{self._environment.name} did not load: {told.get('message', told)}")

    async def train(self) -> None:
        """Send the process its task, and emit the events of its lines to its end."""
        assert self._process is not None, "prepare comes first"
        self._emit(events.RunStarted(sum(verb["do"] == "train" for verb in self._task["script"])))
        await self._process.write(json.dumps(self._task).encode())
        while (line := await self._line()) is not None:
            if self._reports.take(line):
                return
        self._emit(events.RunFailed("SdkDied", None, None, self._process.last_words()))

    async def close(self) -> None:
        """End the process; an ended process is no error."""
        if self._process is not None:
            await self._process.end()

    async def _line(self) -> dict[str, Any] | None:
        """Return the driver's next line; the SDK's own output is skipped."""
        assert self._process is not None
        while raw := await self._process.line():
            if (line := driver_line(raw)) is not None:
                self.said.append(line)
                return line
        return None


class DriverReports:
    """Emits the events of a driver's lines: those that `User` emits, and one for each call of the SDK."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._emit = trace.emitter("user")
        self._acknowledged = 0

    def take(self, line: dict[str, Any]) -> bool:
        """Emit the event of one line; return whether it is the driver's last."""
        match line["said"]:
            case "ready":
                self._emit(ReadinessReached())
            case "warmed":
                self._emit(WarmupFinished(line["outcome"], line["took_s"]))
            case "connected":
                self._emit(Connected(""))
            case "called":
                told = {name: fact for name, fact in line.items() if name not in ("said", "call", "took_s")}
                self._emit(events.CallReturned(line["call"], line["took_s"], told))
            case "raised":
                said = line["call"], line["took_s"], _kind(line), line["status"], line["message"]
                self._emit(events.CallRaised(*said))
            case "step":
                self._acknowledged += 1
                self._emit(events.StepAcknowledged(self._acknowledged))
            case "drew":
                mark = mark_of(line["tokens"], line["logprobs"])
                self._emit(SequenceReceived(self._acknowledged + 1, line["sequence"], mark))
            case "finished":
                self._emit(events.RunFinished(self._acknowledged))
            case "failed":
                message = f"{_kind(line)}: {line['message']}"
                self._emit(events.RunFailed(line["type"], line["status"], self._leg(), message))
        return line["said"] in ("finished", "failed")

    def _leg(self) -> str | None:
        """Return the leg of the last refusal on the wire, else of the last answer: the likely cause of the error.

        A failed operation is an answer of 200 to a poll.
        """
        legs = ("connect", "dispatch", "sample", "poll")
        answers = [e.event for e in self._trace.of(CallAnswered) if e.event.leg in legs]
        refused = [answer for answer in answers if answer.status >= 400 and answer.status != 408]
        return (refused or answers)[-1].leg if answers else None


def driver_line(raw: bytes | str) -> dict[str, Any] | None:
    """Return a driver's line as its facts; None for a line of the SDK's own output."""
    with contextlib.suppress(ValueError):
        line = json.loads(raw)
        if isinstance(line, dict) and "said" in line:
            return line
    return None


def key_of(environment: SdkEnvironment) -> str:
    """Return an API key in the form that the SDK uses."""
    return FIREWORKS_KEY if environment.kind == "fireworks" else API_KEY


def _kind(line: dict[str, Any]) -> str:
    """Return an exception's class with its module, as in a traceback."""
    return str(line["type"] if line["module"] == "builtins" else f"{line['module']}.{line['type']}")


def sdk_user(
    environment: SdkEnvironment, script: Sequence[dict[str, Any]] | None = None
) -> Callable[[World], Awaitable[SdkUser]]:
    """Return the factory of a world's user of a real SDK, whose process has loaded the SDK.

    `script` lists the user's actions; by default it trains the world's steps.
    """

    async def make(world: World) -> SdkUser:
        user = SdkUser(environment, world.trace, task_of(world, await serve_platform(world), script))
        await user.prepare()
        return user

    return make


def task_of(world: World, address: str, script: Sequence[dict[str, Any]] | None) -> dict[str, Any]:
    """Return the driver's task in this world; the platform is at `address`."""
    settings = world.settings
    steps = [batch(step, settings.batch, settings.length) for step in range(1, settings.steps + 1)]
    return {
        "client": world.pairing.client.name,
        "control_plane": f"http://{address}",
        "gateway": f"http://{address}",
        "account": ACCOUNT,
        "job": JOB,
        "base_model": BASE_MODEL,
        "lora_rank": settings.lora_rank,
        "batches": [[_row(datum) for datum in step] for step in steps],
        "adam": ADAM,
        "think_s": settings.think_s,
        "poll_s": POLL_JOB_EVERY_S,
        "script": list(script) if script is not None else _script(settings),
    }


def _script(settings: Settings) -> list[dict[str, Any]]:
    """Return the user's actions: before each step the sequences that it draws, if any."""
    train = {"do": "train"}
    if not settings.samples:
        return [train] * settings.steps
    return [
        verb for step in range(1, settings.steps + 1) for verb in (drawing(saved_for(step), settings.samples), train)
    ]


def drawing(name: str, sequences: int) -> dict[str, Any]:
    """Return the action that saves the model's weights under a name, and draws sequences from them."""
    return {"do": "draw", "name": name, "prompt": PROMPT, "params": [params_of(n) for n in range(sequences)]}


def _row(datum: Datum) -> dict[str, Sequence[float]]:
    return {
        "tokens": datum.model_input.tokens,
        "targets": datum.loss_fn_inputs["target_tokens"].data,
        "weights": datum.loss_fn_inputs["weights"].data,
    }
