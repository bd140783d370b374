"""The user's script: connect, then train step after step, as a training loop in a cookbook does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from client.errors import describe
from client.job_manager import TrainerJobManager
from client.reconnectable import AsyncReconnectableClient, connect_by_sdk
from client.transport import Transport
from scenarios import events
from scenarios.world.account import API_KEY, JOB
from scenarios.world.pods import BASE_MODEL
from scenarios.world.settings import Settings
from trainer_pod.text import batch

if TYPE_CHECKING:
    from scenarios.world.build import World

ADAM = {"learning_rate": 1e-3}


class Trainee(Protocol):
    """Whoever trains in a world, and reports it as the user's events."""

    async def train(self) -> None:
        """Run the whole script, to its end or its error."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


async def own_user(world: World) -> User:
    """Return a user of this project's own client, on the world's network."""
    transport = world.engine.transport(world.cast.sdk.pools)
    emit = world.counted(world.trace.emitter("client"))
    jobs = TrainerJobManager(
        f"http://{world.control_plane_address}",
        API_KEY,
        transport,
        world.seeds.stream("client.control-plane"),
        emit,
        gateway_url=f"http://{world.gateway_address}",
    )
    connect = connect_by_sdk(
        API_KEY, transport, world.seeds.stream("client.sdk"), emit, world.cast.sdk, blocking=world.engine.blocking
    )
    client = AsyncReconnectableClient(
        jobs,
        JOB,
        base_model=BASE_MODEL,
        lora_rank=world.settings.lora_rank,
        policy=world.cast.client,
        connect=connect,
        rng=world.seeds.stream("client.policy"),
        emit=emit,
    )
    return User(client, transport, world.settings, world.trace.emitter("user"))


class User:
    """Trains `settings.steps` steps on the repo's text and reports what it was told."""

    def __init__(
        self,
        client: AsyncReconnectableClient,
        transport: Transport,
        settings: Settings,
        emit: Callable[[object], None],
    ) -> None:
        self._client = client
        self._transport = transport
        self._settings = settings
        self._emit = emit

    async def close(self) -> None:
        """End the client's heartbeats and its connections."""
        await self._client.close()
        await self._transport.close()

    async def train(self) -> None:
        """Run the whole script; an error is the script's end, and is reported with the leg it came from."""
        settings = self._settings
        self._emit(events.RunStarted(settings.steps))
        try:
            await self._client.connect()
            for step in range(1, settings.steps + 1):
                if settings.think_s:
                    await asyncio.sleep(settings.think_s)
                    self._emit(events.UserThought(settings.think_s))
                await self._client.forward_backward(batch(step, settings.batch, settings.length), "cross_entropy")
                await self._client.optim_step(ADAM)
                self._emit(events.StepAcknowledged(step))
        except Exception as error:
            report = describe(error)
            self._emit(events.RunFailed(report.type, report.status, report.leg, report.message))
        else:
            self._emit(events.RunFinished(settings.steps))
        finally:
            # the script's process ends here, and its heartbeats with it
            await self._client.close()


@lru_cache(maxsize=256)
def undisturbed(steps: int, size: int, length: int, lora_rank: int) -> str:
    """Return the weights digest after the same calls on a bare engine: no gateway, no network, no fault."""
    from trainer_pod.engine import TrainingModel

    model = TrainingModel(BASE_MODEL, {"rank": lora_rank}, "cpu")
    for step in range(1, steps + 1):
        model.forward_backward(batch(step, size, length), "cross_entropy", {})
        model.optim_step(ADAM)
    return model.weights_digest()
