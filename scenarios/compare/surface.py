"""Every public method of each SDK's classes, called in virtual time: does it work, or with which words is it refused?

The arguments are those of `engines/live/drivers/surface_arguments.py`. A method that ends in another way (a missing
route, a defect, no end, an exception that no refusal explains, no arguments for it) is `obscure`.
"""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from gateway_sim.scenarios.compare.conformance.by_profile import virtual_world
from gateway_sim.scenarios.engines.guest.process import GuestProcess, Plan, driver_origin
from gateway_sim.scenarios.engines.guest.user import GuestUser, seed_of
from gateway_sim.scenarios.engines.live.platform import Platform
from gateway_sim.scenarios.engines.live.sdks.environments import named
from gateway_sim.scenarios.engines.live.sdks.user import DRIVERS, driver_line, key_of
from gateway_sim.scenarios.run.sweep import spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.pods import BASE_MODEL

Outcome = Literal["works", "refused", "not by this SDK", "obscure"]
_DEPLOYMENT: Final = "it needs an inference deployment; sample from the trainer, by tinker's SamplingClient"
_TOKENIZER: Final = (
    "it asks for the tokenizer that the script gives; `transformers` reads that of get_info's tokenizer_id"
)

BY_THE_SDK: Final[Mapping[str, str]] = {
    "FiretitanServiceClient.create_training_client_from_state*": (
        "it asks a serverless service what the checkpoint is; create a training client, and load the checkpoint with it"
    ),
    "FiretitanTrainingClient.create_sampling_client*": _DEPLOYMENT,
    "FiretitanTrainingClient.weight_sync*": _DEPLOYMENT,
    "Firetitan*Client.get_tokenizer": _TOKENIZER,
    "FiretitanTrainingClient.forward_backward_contrastive_async": (
        "it runs on the SDK's own event loop only; call forward_backward_contrastive"
    ),
    "SamplingClient.get_tokenizer": (
        "it asks a hub for the base model's name; take TrainingClient.get_tokenizer, which asks no hub"
    ),
    "RestClient.whoami": "it needs a service that gives tokens for keys; the key's account is the world's",
}
"""Methods that end in the SDK itself, without a refusal of the platform: why, and what would do. By pattern."""


@dataclass(frozen=True)
class Called:
    """What came of one method of one SDK: of which class, the outcome, and the words of a refusal.

    `status` is that of the refusal's answer: 200 for an operation, whose result is the refusal. None where no answer
    refused. `swallowed`: the SDK logs the refusal, and its method returns.
    """

    sdk: str
    of: str
    method: str
    outcome: Outcome
    status: int | None
    words: str
    swallowed: bool


def walks(sdks: Iterable[str], jobs: int) -> Iterator[list[Called]]:
    """Yield what came of each SDK's methods, SDK by SDK, from `jobs` processes."""
    yield from spread(walk, list(sdks), Workers(jobs), chunk=1)


def walk(sdk: str) -> list[Called]:
    """Call every public method of an SDK that is installed, in a world of its own."""
    return clock.run(_walk(sdk))


async def _walk(sdk: str) -> list[Called]:
    environment = named(sdk)
    async with virtual_world() as world:
        refused: list[tuple[int, str]] = []
        front = Platform(
            _RefusalRecorder(world.gateway, refused),
            _RefusalRecorder(world.control_plane, refused),
            world.trace.emitter("client"),
        )
        address = await world.engine.serve("platform", front)
        task = {"control_plane": f"http://{address}", "gateway": f"http://{address}", "account": ACCOUNT, "job": JOB}
        keys = {"api_key": key_of(environment), "tinker_key": API_KEY}
        told = json.dumps({**task, **keys, "base_model": BASE_MODEL}) + "\n"
        origin = driver_origin(environment.python, DRIVERS, "surface", environment.kind)
        plan = Plan(seed_of(world), [address.rpartition(":")[0]], stdin=told)
        guest = _Walker(world, GuestProcess(f"surface of {sdk}", origin), plan, refused)
        await guest.train()
    return [judged(sdk, line, refusals) for line, refusals in guest.walked]


def judged(sdk: str, line: Mapping[str, Any], refusals: list[tuple[int, str]]) -> Called:
    """Return what came of one method, by the driver's line and the refusals that were answered during its call."""
    name, came = f"{line['of']}.{line['method']}", line["came"]
    made = partial(Called, sdk, line["of"], line["method"])
    bad = [refusal for refusal in refusals if refusal[0] in (404, 405) or refusal[0] >= 500]
    told = [line.get("detail", ""), line.get("message", "")]
    if came == "works" and not bad:
        return made("refused", *_shown(refusals[-1]), True) if refusals else made("works", None, "", False)
    why = next((why for pattern, why in BY_THE_SDK.items() if fnmatch.fnmatchcase(name, pattern)), None)
    if came == "raises" and not bad and line.get("after", "works") == "works":
        explains = [refusal for refusal in refusals if any(refusal[1] in words for words in told)]
        if explains:
            return made("refused", *_shown(explains[-1]), False)
        if why is not None:
            return made("not by this SDK", None, why, False)
    words = [
        came,
        line.get("type", ""),
        *told,
        f"afterwards: {line['after']}" if "after" in line else "",
        str(bad or ""),
    ]
    return made("obscure", bad[-1][0] if bad else line.get("status"), "; ".join(filter(None, words)), False)


def _shown(refusal: tuple[int, str]) -> tuple[int, str]:
    """Return a refusal without the ids of this walk: its status, and its words from what was asked on."""
    status, words = refusal
    return status, re.sub(r"^.* is not served: ", "", words)


class _Walker(GuestUser):
    """The driver `surface` as a guest: keeps each line of a method with the refusals that came before it."""

    def __init__(self, world: World, process: GuestProcess, plan: Plan, refused: list[tuple[int, str]]) -> None:
        super().__init__(world, process, plan)
        self.walked: list[tuple[dict[str, Any], list[tuple[int, str]]]] = []
        self._refused = refused
        self._partial = ""

    @property
    def steps(self) -> int:
        """None: it trains what its calls need."""
        return 0

    def wrote(self, stream: str, text: str) -> bool:
        """Take the driver's lines. Raises `GuestDied` where the driver failed."""
        if stream != "stdout":
            return False
        *lines, self._partial = (self._partial + text).split("\n")
        for line in filter(None, map(driver_line, lines)):
            if line["said"] == "calling":
                self._refused.clear()
            elif line["said"] == "walked":
                self.walked.append((line, list(self._refused)))
            elif line["said"] == "failed":
                raise AssertionError(f"the walk ended early: {line}")
        return any('"said": "finished"' in line for line in lines)

    def over(self, end: Mapping[str, Any]) -> None:
        """Fail for a driver that ended before its walk did."""
        raise AssertionError(f"the walk ended early: {end}")


class _RefusalRecorder:
    """An ASGI application that notes every refusal of the one behind it: its status and words."""

    def __init__(self, behind: Any, refused: list[tuple[int, str]]) -> None:
        self._behind = behind
        self._refused = refused

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        status, pieces = 0, []

        async def record(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                pieces.append(message.get("body", b""))
            await send(message)

        await self._behind(scope, receive, record)
        if (words := _refusal(status, b"".join(pieces))) is not None:
            self._refused.append((status, words))


def _refusal(status: int, body: bytes) -> str | None:
    """Return the words of a refusal, a problem's detail or a failed operation's error; None for another answer."""
    if status == 408 or (status < 400 and b'"category"' not in body):
        return None
    try:
        answer = json.loads(body)
    except ValueError:
        return "an answer without words" if status >= 400 else None
    words = answer.get("detail") if status >= 400 else answer.get("error")
    return words if isinstance(words, str) else None
