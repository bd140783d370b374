"""The user's script: connect, then train step after step, as in a cookbook."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.sdk.errors import describe
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.world.sequences import PROMPT, mark_of, params_of, saved_for
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import ADAM, parts_of
from gateway_sim.trainer_pod.protocol import Datum


class TrainingScript(Protocol):
    """A script that trains in a world and emits the user's events."""

    async def train(self) -> None:
        """Run the script to its end or its error."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class User:
    """Trains `settings.steps` steps on the text of `gateway_sim.trainer_pod.text`, and reports each result."""

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
        """Close the client, which ends its heartbeats, and its connections."""
        await self._client.close()
        await self._transport.close()

    async def train(self) -> None:
        """Run the script; an error ends it, and is reported with the leg of the failed request."""
        settings = self._settings
        self._emit(events.RunStarted(settings.steps))
        try:
            await self._client.connect()
            for step in range(1, settings.steps + 1):
                if settings.think_s:
                    await asyncio.sleep(settings.think_s)
                    self._emit(events.UserThought(settings.think_s))
                if settings.samples:
                    await self._draw(step)
                await self._step(parts_of(replace(settings, chunk_len=0), step))
                self._emit(self._acknowledged(step))
                if settings.save_every and step % settings.save_every == 0:
                    await self._client.save_state(f"step-{step}")
        except Exception as error:
            report = describe(error)
            self._emit(events.RunFailed(report.type, report.status, report.leg, report.message))
        else:
            self._emit(events.RunFinished(settings.steps))
        finally:
            # the script's process would end here, and with it the heartbeats
            await self._client.close()

    async def _draw(self, step: int) -> None:
        """Draw sequences from the weights before a step, one after another, and report each."""
        saved = await self._client.save_weights_for_sampler(saved_for(step))
        assert saved.path is not None, "weights that are saved under a name have a path"
        sampler = await self._client.create_sampling_client(saved.path)
        for number in range(self._settings.samples):
            drawn = await sampler.sample(PROMPT, params_of(number))
            (sequence,) = drawn.sequences
            self._emit(SequenceReceived(step, number, mark_of(sequence.tokens, sequence.logprobs)))

    def _acknowledged(self, step: int) -> events.StepAcknowledged:
        """Return the event of an acknowledged step, with the names of its model."""
        trainer = self._client.endpoint
        assert trainer is not None, "a client that has trained is connected"
        return events.StepAcknowledged(step, trainer.account, trainer.job, self._client.model_id)

    async def _step(self, micro: Sequence[Sequence[Datum]]) -> None:
        """Train one batch; all its microbatches are sent before the first result arrives."""
        if len(micro) == 1:
            await self._client.forward_backward(micro[0], "cross_entropy")
            await self._client.optim_step(ADAM)
            return
        calls: list[Awaitable[object]] = [self._client.forward_backward(part, "cross_entropy") for part in micro]
        await asyncio.gather(*calls, self._client.optim_step(ADAM))
