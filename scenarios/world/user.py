"""The user's script: connect, then train step after step, as a training loop in a cookbook does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol

from client.connecting import Access
from client.exactly_once.calls import FRESH
from client.job_manager import TrainerJobManager
from client.reconnectable import AsyncReconnectableClient
from client.sdk.chunks import cut
from client.sdk.errors import describe
from client.sdk.transport import Transport
from scenarios.sim import events
from scenarios.world.account import API_KEY, JOB
from scenarios.world.pods import BASE_MODEL
from scenarios.world.settings import Settings
from trainer_pod.protocol import Datum
from trainer_pod.text import batch

if TYPE_CHECKING:
    from scenarios.world.builder import World

ADAM = {"learning_rate": 1e-3}


class TrainingScript(Protocol):
    """Whoever trains in a world, and reports it as the user's events."""

    async def train(self) -> None:
        """Run the whole script, to its end or its error."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


async def own_user(world: World) -> TrainingScript:
    """Return a user of this project's own client, or a herd of them, on the world's network."""
    emit = world.trace.emitter("user")
    if world.settings.clients == 1:
        return one_user(world, "client", emit)
    from scenarios.world.client_group import ClientGroup

    names = [f"client-{n}" for n in range(world.settings.clients)]
    return ClientGroup({name: partial(one_user, world, name) for name in names}, emit)


def one_user(world: World, name: str, user_emit: Callable[[object], None], job: str = JOB) -> User:
    """Return a user who trains `job`, with a client that has connections and chances of its own."""
    return User(*client_of(world, name, job), world.settings, user_emit)


def client_of(world: World, name: str, job: str = JOB) -> tuple[AsyncReconnectableClient, Transport]:
    """Return a client of a job, and the connections that are its own; whoever has it closes both."""
    settings, sdk = world.settings, world.pairing.sdk
    if settings.chunk_len:
        sdk = replace(sdk, max_chunk_len=settings.chunk_len)
    if settings.keepalive_s:
        kept = {name: replace(rule, keepalive_s=settings.keepalive_s) for name, rule in sdk.pools.items()}
        sdk = replace(sdk, pools=kept)
    transport = world.engine.transport({**sdk.pools, **FRESH})
    emit = world.counted(world.trace.emitter(name))
    control_rng, sdk_rng, policy_rng = (
        world.seeds.stream(f"{name}.{user}") for user in ("control-plane", "sdk", "policy")
    )
    jobs = TrainerJobManager(
        f"http://{world.control_plane_address}",
        API_KEY,
        transport,
        control_rng,
        emit,
        gateway_url=f"http://{world.gateway_address}",
    )
    access = Access(jobs, API_KEY, transport, sdk_rng, emit, sdk, world.engine.blocking)
    client = AsyncReconnectableClient(
        jobs,
        job,
        base_model=BASE_MODEL,
        lora_rank=settings.lora_rank,
        policy=world.pairing.client,
        connect=partial(world.pairing.client.connect, access),
        rng=policy_rng,
        emit=emit,
    )
    return client, transport


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
                await self._step(batch(step, settings.batch, settings.length))
                self._emit(self._heard_of(step))
                if settings.save_every and step % settings.save_every == 0:
                    await self._client.save_state(f"step-{step}")
        except Exception as error:
            report = describe(error)
            self._emit(events.RunFailed(report.type, report.status, report.leg, report.message))
        else:
            self._emit(events.RunFinished(settings.steps))
        finally:
            # the script's process ends here, and its heartbeats with it
            await self._client.close()

    def _heard_of(self, step: int) -> events.StepAcknowledged:
        """Return the word that a step is done, with the model that it was taken by."""
        trainer = self._client.endpoint
        assert trainer is not None, "it has trained, so it is connected"
        return events.StepAcknowledged(step, trainer.account, trainer.job, self._client.model_id)

    async def _step(self, data: Sequence[Datum]) -> None:
        """Train one batch; in microbatches, all is handed in before the first result is there."""
        micro = cut(data, -(-len(data) // self._settings.microbatches))
        if len(micro) == 1:
            await self._client.forward_backward(data, "cross_entropy")
            await self._client.optim_step(ADAM)
            return
        calls: list[Awaitable[object]] = [self._client.forward_backward(part, "cross_entropy") for part in micro]
        await asyncio.gather(*calls, self._client.optim_step(ADAM))


def parts_of(settings: Settings, step: int) -> list[Sequence[Datum]]:
    """Return a step's batch as the pod sees it: microbatch by microbatch, chunk by chunk."""
    data = batch(step, settings.batch, settings.length)
    micro = cut(data, -(-len(data) // settings.microbatches))
    return [chunk for part in micro for chunk in cut(part, settings.chunk_len or len(part))]


def undisturbed(settings: Settings, device: str) -> str:
    """Return the weights digest after the same calls on a bare engine: no gateway, no network, no fault.

    On the `device` that the pods compute on, for another one rounds otherwise.
    """
    s = settings
    return _undisturbed(s.steps, s.batch, s.length, s.lora_rank, s.microbatches, s.chunk_len, device)


@lru_cache(maxsize=256)
def _undisturbed(
    steps: int, size: int, length: int, lora_rank: int, microbatches: int, chunk_len: int, device: str
) -> str:
    from trainer_pod.engine import TrainingModel

    settings = Settings(batch=size, length=length, microbatches=microbatches, chunk_len=chunk_len)
    model = TrainingModel(BASE_MODEL, {"rank": lora_rank}, device)
    for step in range(1, steps + 1):
        for part in parts_of(settings, step):
            model.forward_backward(part, "cross_entropy", {})
        model.optim_step(ADAM)
    return model.weights_digest()
