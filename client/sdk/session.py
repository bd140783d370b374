"""The training calls on one model.

Each training call draws the next `seq_id`, from 1, and returns a `Pending` (docs/reference/protocol.md §6). Requests
are dispatched in the order of the calls; results are fetched concurrently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from gateway_sim.client.events import OperationAcknowledged
from gateway_sim.client.sdk.bodies import (
    AdamParamsLike,
    DatumLike,
    Json,
    adam_params_body,
    datum_body,
    read,
    read_forward_backward,
    reweighted,
)
from gateway_sim.client.sdk.calls import Calls, request_type_of
from gateway_sim.client.sdk.chunks import call_in_chunks, cut
from gateway_sim.client.sdk.errors import ConflictError
from gateway_sim.client.sdk.pending import Pending
from gateway_sim.client.sdk.sampling import SamplingClient
from gateway_sim.client.sdk.sequencer import Sequencer
from gateway_sim.trainer_pod.protocol import (
    ForwardBackwardOutput,
    FutureEnvelope,
    GetInfoResponse,
    ListCheckpointsResponse,
    LoadWeightsResult,
    OptimStepOutput,
    SaveWeightsForSamplerResult,
    SaveWeightsResult,
)
from gateway_sim.trainer_pod.protocol.blocking import Blocking, inline

if TYPE_CHECKING:
    from gateway_sim.client.sdk.custom_loss import CustomLoss
    from gateway_sim.client.sdk.service import ServiceClient

T = TypeVar("T")


class TrainingClient:
    """The training calls on one model; errors are those of the profile's legs (docs/reference/protocol.md §4)."""

    def __init__(
        self,
        service: ServiceClient,
        calls: Calls,
        model_id: str,
        emit: Callable[[object], None],
        blocking: Blocking = inline,
    ) -> None:
        self.model_id = model_id
        self.service = service
        self._calls = calls
        self._emit = emit
        self._blocking = blocking
        self._turns = Sequencer()
        self._info: GetInfoResponse | None = None
        # in the order of the calls, in which `close` cancels them
        self._running: dict[asyncio.Task[Any], None] = {}

    async def forward(
        self, data: Sequence[DatumLike], loss_fn: str, loss_fn_config: Mapping[str, float] | None = None
    ) -> Pending[ForwardBackwardOutput]:
        """Compute outputs and loss of a batch; gradients do not change."""
        return self._forward("forward", data, loss_fn, loss_fn_config)

    async def forward_backward(
        self, data: Sequence[DatumLike], loss_fn: str, loss_fn_config: Mapping[str, float] | None = None
    ) -> Pending[ForwardBackwardOutput]:
        """Compute a batch's loss and add its gradients to those accumulated since the last optimizer step."""
        return self._forward("forward_backward", data, loss_fn, loss_fn_config)

    async def forward_backward_custom(
        self, data: Sequence[DatumLike], loss_fn: CustomLoss
    ) -> Pending[ForwardBackwardOutput]:
        """Accumulate the gradients of the caller's own loss C: forward, then a cross entropy weighted by -dC/dlogprob.

        As in tinker, the forward has ended when this returns; only the second request is pending. The metrics are the
        trainer's and those that the loss returned.
        """
        from gateway_sim.client.sdk.custom_loss import weights_of

        seen = await (await self.forward(data, "cross_entropy")).result()
        logprobs = [[float(value) for value in output["logprobs"].data] for output in seen.loss_fn_outputs]
        weights, metrics = await self._blocking(lambda: weights_of(loss_fn, data, logprobs))
        linear = [reweighted(datum, values) for datum, values in zip(data, weights, strict=True)]
        pending = await self.forward_backward(linear, "cross_entropy")

        async def with_metrics() -> ForwardBackwardOutput:
            done = await pending.result()
            return done.model_copy(update={"metrics": {**done.metrics, **metrics}})

        return self._start(with_metrics(), f"{pending.request}, its metrics")

    async def optim_step(
        self, adam_params: AdamParamsLike, grad_accumulation_normalization: str | None = None
    ) -> Pending[OptimStepOutput]:
        """Apply the accumulated gradients by AdamW and clear them.

        `grad_accumulation_normalization` is "num_loss_tokens", "num_sequences", "none" or None
        (docs/reference/protocol.md §1).
        """
        body: Json = {"adam_params": adam_params_body(adam_params)}
        if grad_accumulation_normalization is not None:
            body["grad_accumulation_normalization"] = grad_accumulation_normalization
        return self._operation("optim_step", body, partial(read, OptimStepOutput))

    async def save_state(self, name: str) -> Pending[SaveWeightsResult]:
        """Save weights and optimizer state under a name.

        Under a profile with `conflict_is_saved` a 409 returns a path, whether or not the trainer has the checkpoint.
        """
        assumed = SaveWeightsResult(path=f"tinker://{self.model_id}/weights/{name}")
        at_conflict = assumed if self._calls.profile.conflict_is_saved else None
        return self._operation("save_weights", {"path": name}, partial(read, SaveWeightsResult), at_conflict)

    async def save_weights_for_sampler(self, name: str) -> Pending[SaveWeightsForSamplerResult]:
        """Save the weights under a name, for sampling clients; a 409 is as in `save_state`."""
        assumed = SaveWeightsForSamplerResult(path=f"tinker://{self.model_id}/sampler_weights/{name}")
        at_conflict = assumed if self._calls.profile.conflict_is_saved else None
        parse = partial(read, SaveWeightsForSamplerResult)
        return self._operation("save_weights_for_sampler", {"path": name}, parse, at_conflict)

    async def create_sampling_client(self, model_path: str) -> SamplingClient:
        """Return a client that draws from a checkpoint's weights; raises as the connect leg does."""
        return await self.service.create_sampling_client(model_path)

    async def load_state(self, path: str) -> Pending[LoadWeightsResult]:
        """Load the weights of a checkpoint; the optimizer starts anew."""
        return self._load(path, optimizer=False)

    async def load_state_with_optimizer(self, path: str) -> Pending[LoadWeightsResult]:
        """Load the weights and the optimizer state of a checkpoint."""
        return self._load(path, optimizer=True)

    async def get_info(self) -> GetInfoResponse:
        """Ask the trainer about the model: a call on the dispatch leg without a seq_id.

        An SDK that asks while it connects keeps that answer (docs/reference/protocol.md §5).
        """
        if self._info is not None:
            return self._info
        info = read(GetInfoResponse, await self._calls.post("get_info", {"model_id": self.model_id}))
        if self._calls.profile.info_at_connect:
            self._info = info
        return info

    async def list_checkpoints(self) -> list[str]:
        """Return the names of the checkpoints that the trainer has."""
        return read(ListCheckpointsResponse, await self._calls.get("list_checkpoints")).checkpoints

    async def close(self) -> None:
        """Cancel pending calls and the session's heartbeats; the trainer continues dispatched work."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.service.close()

    def _forward(
        self, route: str, data: Sequence[DatumLike], loss_fn: str, loss_fn_config: Mapping[str, float] | None
    ) -> Pending[ForwardBackwardOutput]:
        bodies = []
        for chunk in cut(data, self._calls.profile.max_chunk_len):
            content: Json = {"data": [datum_body(datum) for datum in chunk], "loss_fn": loss_fn}
            if loss_fn_config is not None:
                content["loss_fn_config"] = dict(loss_fn_config)
            bodies.append({f"{route}_input": content})
        if len(bodies) == 1:
            return self._operation(route, bodies[0], read_forward_backward)
        return self._chunked(route, bodies)

    def _chunked(self, route: str, bodies: Sequence[Json]) -> Pending[ForwardBackwardOutput]:
        """Draw a seq_id for each chunk and start one task for all of them.

        After a failed dispatch the later chunks never take their turn, so a retry hangs, as in tinker
        (docs/reference/findings.md §0 F2).
        """
        parts = [(self._turns.draw(), {**body, "model_id": self.model_id}) for body in bodies]
        work = call_in_chunks(self._calls, self._turns, route, parts, self._emit)
        return self._start(work, f"{route} from {parts[0][0]}")

    def _load(self, path: str, *, optimizer: bool) -> Pending[LoadWeightsResult]:
        body: Json = {"path": path, "optimizer": optimizer}
        return self._operation("load_weights", body, partial(read, LoadWeightsResult))

    def _operation(
        self, route: str, body: Json, parse: Callable[[Json], T], at_conflict: T | None = None
    ) -> Pending[T]:
        """Draw the next seq_id and start the task that dispatches and polls."""
        seq_id = self._turns.draw()
        whole = {**body, "model_id": self.model_id, "seq_id": seq_id}

        async def work() -> T:
            started_s = asyncio.get_running_loop().time()
            try:
                async with self._turns.take(seq_id):
                    promise = await self._calls.post(route, whole, seq_id=seq_id)
            except ConflictError:
                if at_conflict is None:
                    raise
                result = at_conflict
            else:
                roundtrip_s = asyncio.get_running_loop().time() - started_s
                request_id = read(FutureEnvelope, promise).request_id
                result = parse(await self._calls.retrieve(request_id, request_type_of(route), roundtrip_s))
            self._emit(OperationAcknowledged(route, seq_id))
            return result

        return self._start(work(), f"{route} {seq_id}")

    def _start(self, work: Coroutine[Any, Any, T], request: str) -> Pending[T]:
        pending = Pending(work, request)
        self._running[pending.task] = None
        pending.task.add_done_callback(self._running.pop)
        return pending
