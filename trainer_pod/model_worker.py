"""One model of a pod: its operations, one after another in the order of their arrival.

The worker accepts gaps in seq_id: a caller that runs an operation again after a lost dispatch leaves one
(docs/reference/protocol.md §6), and a strict order would wait for it for ever.
"""

import asyncio
from collections.abc import Callable

from gateway_sim.trainer_pod.catalog import label
from gateway_sim.trainer_pod.checkpoint_paths import Purpose
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import (
    GradientsAccumulated,
    ModelCreated,
    OperationFailed,
    StateLoaded,
    StateSaved,
    StepApplied,
)
from gateway_sim.trainer_pod.futures import Futures
from gateway_sim.trainer_pod.generations import loss_settings, run_of, seeded
from gateway_sim.trainer_pod.operations import Operation, model_id_of
from gateway_sim.trainer_pod.protocol import (
    Category,
    CreateFromStateRequest,
    CreateModelRequest,
    CreateModelResult,
    ForwardBackwardRequest,
    ForwardRequest,
    LoadWeightsRequest,
    LoadWeightsResult,
    LoraConfig,
    ModelRequest,
    OptimStepRequest,
    RequestFailed,
    SaveWeightsForSamplerRequest,
    SaveWeightsForSamplerResult,
    SaveWeightsRequest,
    SaveWeightsResult,
    UnloadModelResult,
    Wire,
)
from gateway_sim.trainer_pod.protocol.blocking import Blocking
from gateway_sim.trainer_pod.refusals import OperationRefused
from gateway_sim.trainer_pod.samplers import Samplers
from gateway_sim.trainer_pod.sampling import Sampler
from gateway_sim.trainer_pod.understood import not_understood

FULL_PARAMETER = LoraConfig(rank=0)


class ModelWorker:
    """A model from its create_model to its unload_model. A failed operation does not stop the next ones."""

    def __init__(
        self,
        created_by: CreateModelRequest | CreateFromStateRequest,
        config: PodConfig,
        device: str,
        futures: Futures,
        *,
        sdk_version: str | None,
        emit: Callable[[object], None],
        blocking: Blocking,
        samplers: Samplers,
    ) -> None:
        self.base_model = created_by.base_model or ""
        self.lora = FULL_PARAMETER
        """How the model is adapted; of a model made from a checkpoint it is known once that was read."""
        if isinstance(created_by, CreateModelRequest) and created_by.lora_config is not None:
            self.lora = seeded(created_by.lora_config, created_by.model_seq_id)
        self._base_only = isinstance(created_by, CreateModelRequest) and bool(created_by.base_only)
        self._sdk_version = sdk_version
        self.closing = False
        self._config = config
        self._device = device
        self._futures = futures
        self._emit = emit
        self._blocking = blocking
        self._samplers = samplers
        self.run = run_of(model_id_of(created_by), created_by.model_seq_id, sdk_version)
        self._store = CheckpointStore(config.checkpoint_root, config.account, config.job, run=self.run)
        self._model: TrainingModel | None = None
        self._broken = config.fails_from_step is not None and config.fails_from_step <= 0
        self._waiting: asyncio.Queue[Operation] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None

    def submit(self, operation: Operation) -> None:
        """Queue an operation; after an unload_model no more are accepted."""
        self._waiting.put_nowait(operation)
        self.closing = operation.kind == "unload_model"
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name=f"worker of {operation.model_id}")

    async def stop(self) -> None:
        """Cancel the running operation and drop the queued ones."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _work(self) -> None:
        unloaded = False
        while not unloaded:
            operation = await self._waiting.get()
            self._futures.settle(operation.request_id, await self._outcome(operation))
            unloaded = operation.kind == "unload_model"

    async def _outcome(self, operation: Operation) -> Wire:
        """Return the operation's result, or its failure as one: nothing an operation raises may end the worker."""
        try:
            self._inject_fault(operation)
            if (refusal := not_understood(operation.call)) is not None:
                raise OperationRefused(refusal)
            return await self._perform(operation)
        except OperationRefused as refused:
            return self._failure(operation, str(refused), "user")
        except Exception as broken:
            return self._failure(operation, f"{type(broken).__name__}: {broken}", "server")

    def _failure(self, operation: Operation, error: str, category: Category) -> RequestFailed:
        event = OperationFailed(
            *self._config.identity, operation.model_id, operation.seq_id, operation.kind, error, category
        )
        self._emit(event)
        return RequestFailed(error=error, category=category)

    def _inject_fault(self, operation: Operation) -> None:
        """Break the trainer from the configured step on."""
        fails_from = self._config.fails_from_step
        if fails_from is not None and operation.kind == "optim_step" and self._model is not None:
            self._broken = self._broken or self._model.step + 1 >= fails_from
        if self._broken:
            raise RuntimeError(f"the trainer is broken from step {fails_from} on")

    async def _perform(self, operation: Operation) -> Wire:
        if self._base_only and not isinstance(operation.call, CreateModelRequest | ForwardRequest | ModelRequest):
            raise OperationRefused(
                f"{operation.kind} is not for a base_only model, which is not trained; create one without base_only"
            )
        match operation.call:
            case CreateModelRequest() as call:
                return await self._create(operation.model_id, call)
            case ForwardRequest(forward_input=batch):
                model = self._existing()
                settings = loss_settings(batch.loss_fn, batch.settings, self._sdk_version)
                await asyncio.sleep(self._config.forward_backward_s)
                return await self._blocking(lambda: model.forward(batch.data, batch.loss_fn, settings))
            case ForwardBackwardRequest() as call:
                return await self._forward_backward(call)
            case OptimStepRequest() as call:
                return await self._optim_step(call)
            case SaveWeightsRequest() as call:
                return await self._save(call)
            case SaveWeightsForSamplerRequest() as call:
                return await self._save_for_sampler(call)
            case CreateFromStateRequest() as call:
                return await self._create_from_state(operation.model_id, call)
            case LoadWeightsRequest() as call:
                return await self._load(call)
            case ModelRequest(model_id=model_id):
                self._model = None
                return UnloadModelResult(model_id=model_id)

    async def _create(self, model_id: str, call: CreateModelRequest) -> Wire:
        self._model = await self._blocking(lambda: TrainingModel(call.base_model, self.lora, self._device))
        self._emit(ModelCreated(*self._config.identity, model_id))
        return CreateModelResult(model_id=model_id)

    async def _create_from_state(self, model_id: str, call: CreateFromStateRequest) -> Wire:
        """Make a model as its checkpoint says; an unreadable checkpoint leaves no model behind."""
        made = await self._blocking(lambda: self._store.revive(call.path, self._device, with_optimizer=call.optimizer))
        if call.base_model not in (None, made.base_model):
            raise OperationRefused(f"checkpoint {call.path!r} is of {made.base_model!r}, not of {call.base_model!r}")
        self._model, self.base_model, self.lora = made, made.base_model, made.lora_config
        self._emit(ModelCreated(*self._config.identity, model_id))
        path = await self._blocking(lambda: self._store.path_of(call.path))
        self._emit(StateLoaded(*self._config.identity, path, made.step, call.optimizer))
        return LoadWeightsResult(path=call.path, model_id=model_id)

    async def _forward_backward(self, call: ForwardBackwardRequest) -> Wire:
        model, batch = self._existing(), call.forward_backward_input
        settings = loss_settings(batch.loss_fn, batch.settings, self._sdk_version)
        await asyncio.sleep(self._config.forward_backward_s)
        result = await self._blocking(lambda: model.forward_backward(batch.data, batch.loss_fn, settings))
        loss = result.metrics["loss:sum"]
        self._emit(GradientsAccumulated(*self._config.identity, call.model_id, call.seq_id, loss))
        return result

    async def _optim_step(self, call: OptimStepRequest) -> Wire:
        model = self._existing()
        accumulated = model.accumulated
        await asyncio.sleep(self._config.optim_step_s)
        result = await self._blocking(lambda: model.optim_step(call.adam_params, call.grad_accumulation_normalization))
        weights = await self._blocking(model.weights_digest)
        event = StepApplied(*self._config.identity, call.model_id, call.seq_id, model.step, accumulated, weights)
        self._emit(event)
        return result

    async def _save(self, call: SaveWeightsRequest) -> Wire:
        model, overwrite = self._existing(), call.overwrite is not False
        staged = await self._blocking(lambda: self._store.stage(model, call.path, overwrite=overwrite))
        if self._config.save_s:
            await asyncio.sleep(self._config.save_s)
        path = await self._blocking(lambda: self._store.commit(call.path, staged))
        await self._label(call, call.path, "weights")
        self._emit(StateSaved(*self._config.identity, path, model.step))
        return SaveWeightsResult(path=path)

    async def _save_for_sampler(self, call: SaveWeightsForSamplerRequest) -> Wire:
        """Save the weights under a name, or without one keep a copy of them for a new sampling session."""
        model, name = self._existing(), call.path
        if name is not None:
            path = await self._blocking(lambda: self._store.save(model, name, "sampler_weights"))
            await self._label(call, name, "sampler_weights")
            return SaveWeightsForSamplerResult(path=path)
        if call.sampling_session_seq_id is None:
            raise OperationRefused("path and sampling_session_seq_id are both missing: name the checkpoint, or one")
        sampler = await self._blocking(
            lambda: Sampler(model.base_model, model.lora_config, self._device, model.weights())
        )
        session_id = call.model_id.rpartition(":train:")[0]
        sampler_id = self._samplers.keep(session_id, call.sampling_session_seq_id, sampler)
        return SaveWeightsForSamplerResult(sampling_session_id=sampler_id)

    async def _label(
        self, call: SaveWeightsRequest | SaveWeightsForSamplerRequest, name: str, purpose: Purpose
    ) -> None:
        """Keep what a save says about its checkpoint, for those who list it."""
        if call.ttl_seconds is not None or call.user_metadata:
            place = self._store.place_of(name, purpose)
            await self._blocking(lambda: label(place, call.ttl_seconds, call.user_metadata))

    async def _load(self, call: LoadWeightsRequest) -> Wire:
        model, with_optimizer = self._existing(), call.optimizer
        await self._blocking(lambda: self._store.load(model, call.path, with_optimizer=with_optimizer))
        path = await self._blocking(lambda: self._store.path_of(call.path))
        self._emit(StateLoaded(*self._config.identity, path, model.step, with_optimizer))
        return LoadWeightsResult(path=call.path)

    def _existing(self) -> TrainingModel:
        if self._model is None:
            raise OperationRefused("this model was not created: its create_model failed")
        return self._model
