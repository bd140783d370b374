"""The user's script: connect, then train step after step, as a training loop in a cookbook does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from client.reconnectable import AsyncReconnectableClient
from client.sdk.chunks import cut
from client.sdk.errors import describe
from client.sdk.transport import Transport
from scenarios.sim import events
from scenarios.world.pods import BASE_MODEL
from scenarios.world.settings import Settings
from trainer_pod.protocol import Datum
from trainer_pod.text import batch

if TYPE_CHECKING:
    pass

ADAM = {"learning_rate": 1e-3}


class TrainingScript(Protocol):
    """Trains in a world, and reports it as the user's events."""

    async def train(self) -> None:
        """Run the whole script, to its end or its error."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class User:
    """Trains `settings.steps` steps on the repository's text, and reports each result."""

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
                self._emit(self._acknowledged(step))
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

    def _acknowledged(self, step: int) -> events.StepAcknowledged:
        """Return the event that a step is done, with the model that took it."""
        trainer = self._client.endpoint
        assert trainer is not None, "it has trained, so it is connected"
        return events.StepAcknowledged(step, trainer.account, trainer.job, self._client.model_id)

    async def _step(self, data: Sequence[Datum]) -> None:
        """Train one batch; microbatches are all handed in before the first result is there."""
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

    `device` is the one that the pods compute on; another rounds differently.
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
