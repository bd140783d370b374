"""Real SDKs in a live world, and this project's own client making the same calls in a virtual one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, SdkEnvironment, SdkUnavailable, require
from gateway_sim.scenarios.engines.live.sdks.user import sdk_user
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.engine import Engine
from gateway_sim.scenarios.world.own_user import own_user
from gateway_sim.scenarios.world.policies import client_policies
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import ADAM
from gateway_sim.scenarios.world.user import User
from gateway_sim.trainer_pod.events import StepApplied
from gateway_sim.trainer_pod.protocol import Datum, TensorData
from gateway_sim.trainer_pod.text import batch
from tests.sdk.pod_scripts import PodScript, beside_a_pod

Script = Sequence[dict[str, Any]]
QUICK = Settings(forward_backward_s=0.0, optim_step_s=0.0, start_s=0.1, steps=20, batch=2, length=24)


@pytest.fixture
def script(tmp_path: Path) -> Iterator[PodScript]:
    """Give a live pod, and the way to run a script of an SDK against it."""
    with beside_a_pod(tmp_path) as run:
        yield run


@pytest.fixture(params=list(SDKS))
def environment(request: pytest.FixtureRequest) -> SdkEnvironment:
    """Give each SDK in turn; skip, saying how to install it, where it is not here."""
    try:
        return require(request.param)
    except SdkUnavailable as missing:
        pytest.skip(str(missing))


@dataclass
class Told:
    """What a user was told, line by line, and the trace of the world."""

    trace: Trace = field(default_factory=Trace)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def of(self, call: str) -> list[dict[str, Any]]:
        """Return what was told of the calls of one kind."""
        return [line for line in self.lines if line.get("call") == call]

    @property
    def error(self) -> dict[str, Any] | None:
        """What the script died of; None when it reached its end."""
        return next((line for line in self.lines if line["said"] == "failed"), None)

    @property
    def weights(self) -> str:
        """The digest of the weights after the last step."""
        last: StepApplied = [entry.event for entry in self.trace.of(StepApplied)][-1]
        return last.weights


Between = Callable[[World], Any]


def cast_of(sdk: str, gateway: MissPolicy | None = None) -> Pairing:
    """Return the pairing of a world in which nothing goes wrong; the gateway is today's, unless another is named."""
    return Pairing(client_policies()["plain"](), gateway or NotFound(), PROFILES[sdk], "per-connection")


def by_the_sdk(
    environment: SdkEnvironment,
    *scripts: Script,
    settings: Settings = QUICK,
    gateway: MissPolicy | None = None,
    between: Between | None = None,
    beside: Between | None = None,
) -> Told:
    """Play scripts one after another, each in a new process of the SDK, through the gateway to one job.

    `between` happens after each script but the last, `beside` while the first is played.
    """
    told = Told()

    async def story() -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        told.trace.clock(lambda: loop.time() - began_s)
        engine = LiveEngine(told.trace.emitter)
        first = sdk_user(environment, scripts[0])
        pairing = cast_of(environment.name, gateway)
        async with World(engine, Seeds(0), told.trace, pairing, settings, first) as world:
            await world.start_job()
            for number, script in enumerate(scripts):
                if number:
                    await world.user.close()
                    if between is not None:
                        await between(world)
                    world.user = await sdk_user(environment, script)(world)
                training = world.start_training()
                if beside is not None and not number:
                    await beside(world)
                await training
                told.lines += world.user.said  # type: ignore[attr-defined]  # an SdkUser

    asyncio.run(story())
    return told


def as_sampled(datum: Datum, sampled: dict[str, float]) -> Datum:
    """Return the example as one of tokens that were sampled, each with the same log-probability and advantage."""
    targets = datum.loss_fn_inputs["target_tokens"]
    told = {field: TensorData.floats([value] * len(targets.data)) for field, value in sampled.items()}
    return Datum(model_input=datum.model_input, loss_fn_inputs={"target_tokens": targets, **told})


class ScriptedUser(User):
    """This project's own client, doing what a driver's script says."""

    script: Script = ()

    async def train(self) -> None:
        """Make the calls of the script, in order."""
        await self._client.connect()
        step, path = 0, ""
        for verb in self.script:
            match verb["do"]:
                case "train":
                    data = batch(step + 1, self._settings.batch, self._settings.length)
                    if "sampled" in verb:
                        data = [as_sampled(datum, verb["sampled"]) for datum in data]
                    await self._client.forward_backward(data, verb.get("loss", "cross_entropy"))
                    await self._client.optim_step(ADAM)
                    step += 1
                case "save":
                    path = (await self._client.save_state(verb["name"])).path
                case "load":
                    await self._client.load_state_with_optimizer(verb.get("path") or path)
                    step = verb["step"]


def by_our_client(script: Script, settings: Settings = QUICK, sdk: str = "tinker-0.15") -> Told:
    """Make the same calls with this project's own client, behaving as an SDK, in virtual time."""
    told = Told()

    async def user_of(world: World) -> User:
        usual = await own_user(world)
        user = ScriptedUser(usual._client, usual._transport, world.settings, usual._emit)
        user.script = script
        return user

    async def story() -> None:
        seeds = Seeds(0)
        engine: Engine = VirtualEngine(seeds, told.trace.emitter)
        async with World(engine, seeds, told.trace, cast_of(sdk), settings, user_of) as world:
            await world.start_job()
            await world.start_training()

    clock.run(story())
    return told
