"""The sampling sessions of a pod: what each samples from, and its requests, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import SamplesDrawn, SamplingFailed, SamplingSessionOpened
from gateway_sim.trainer_pod.futures import Futures
from gateway_sim.trainer_pod.ledger import Conflict, Ledger, OperationKey, Repeat
from gateway_sim.trainer_pod.protocol import (
    Category,
    FutureEnvelope,
    LoraConfig,
    RequestFailed,
    Wire,
)
from gateway_sim.trainer_pod.protocol.blocking import Blocking
from gateway_sim.trainer_pod.protocol.sampling import CreateSamplingSessionRequest, GetSamplerResponse, SampleRequest
from gateway_sim.trainer_pod.refusals import CheckpointRefused, OperationRefused, Problem, malformed
from gateway_sim.trainer_pod.understood import not_understood

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.sampling import Sampler


class Samplers:
    """The sampling sessions of one pod, by their ids; they end with the pod.

    `promise` opens a result and returns its request id.
    """

    def __init__(
        self,
        config: PodConfig,
        futures: Futures,
        promise: Callable[[], str],
        *,
        emit: Callable[[object], None],
        blocking: Blocking,
    ) -> None:
        self._config = config
        self._futures = futures
        self._promise = promise
        self._emit = emit
        self._blocking = blocking
        self._opened: dict[str, Sampler] = {}
        self._ledger = Ledger()
        self._turns: dict[str, asyncio.Lock] = {}
        self._clients: dict[str, int] = {}
        self._drawing: dict[asyncio.Task[None], None] = {}

    async def open(self, asked: CreateSamplingSessionRequest, device: str) -> str:
        """Open a session on a checkpoint or a base model and return its id; a repeat gets the first one's.

        Raises a 400 for weights that cannot be read.
        """
        if (refusal := not_understood(asked)) is not None:
            raise malformed(refusal)
        sampler_id = _id_of(asked.session_id, asked.sampling_session_seq_id)
        if sampler_id not in self._opened:
            try:
                sampler = await self._blocking(lambda: self._sampler(asked, device))
            except OperationRefused as refused:
                raise malformed(str(refused)) from refused
            self.keep(asked.session_id, asked.sampling_session_seq_id, sampler)
        return sampler_id

    def keep(self, session_id: str, seq_id: int, sampler: Sampler) -> str:
        """Open a session on these weights and return its id."""
        sampler_id = _id_of(session_id, seq_id)
        self._opened.setdefault(sampler_id, sampler)
        self._turns.setdefault(sampler_id, asyncio.Lock())
        self._emit(SamplingSessionOpened(*self._config.identity, sampler_id, sampler.path or sampler.base_model))
        return sampler_id

    def join(self, sampler_id: str) -> int:
        """Return the number of a further client of a session; the client that opened it has 0."""
        self._known(sampler_id)
        self._clients[sampler_id] = self._clients.get(sampler_id, 0) + 1
        return self._clients[sampler_id]

    def of_session(self, session_id: str) -> list[str]:
        """Return the ids of the sampling sessions of a client's session, in the order in which they were opened."""
        return [sampler_id for sampler_id in self._opened if sampler_id.startswith(f"{session_id}:sample:")]

    def describe(self, sampler_id: str) -> GetSamplerResponse:
        """Return what a session samples from. Raises a 404 for one that was not opened here."""
        sampler = self._known(sampler_id)
        return GetSamplerResponse(sampler_id=sampler_id, base_model=sampler.base_model, model_path=sampler.path)

    def submit(self, asked: SampleRequest) -> FutureEnvelope:
        """Take a request and return the request id of its result; a repeat gets the first one's."""
        sampler = self._known(asked.sampling_session_id)
        key = OperationKey(asked.sampling_session_id, self._config.incarnation, asked.seq_id)
        fingerprint = asked.model_dump_json()
        verdict = self._ledger.consult(key, fingerprint)
        request_id = verdict.request_id if isinstance(verdict, Repeat) else self._promise()
        if not isinstance(verdict, Repeat):
            self._ledger.record(key, fingerprint, request_id)
            if isinstance(verdict, Conflict):
                error = (
                    f"seq_id {asked.seq_id} of {asked.sampling_session_id} was used by another request "
                    f"({verdict.first_request_id}), which stands; nothing was sampled for this one"
                )
                self._futures.settle(request_id, self._failure(asked, error, "user"))
            else:
                self._start(asked, sampler, request_id)
        names = [f"{asked.sampling_session_id}:{asked.seq_id}:{n}" for n in range(asked.num_samples)]
        return FutureEnvelope(request_id=request_id, sample_sequence_ids=names)

    async def stop(self) -> None:
        """Cancel all work."""
        for task in list(self._drawing):
            task.cancel()
        await asyncio.gather(*self._drawing, return_exceptions=True)

    def _sampler(self, asked: CreateSamplingSessionRequest, device: str) -> Sampler:
        from gateway_sim.trainer_pod.checkpoints import CheckpointStore
        from gateway_sim.trainer_pod.sampling import Sampler

        if asked.model_path is None:
            if asked.base_model is None:
                raise OperationRefused("base_model and model_path are both missing: name what to sample from")
            return Sampler(asked.base_model, LoraConfig(rank=0), device)
        store = CheckpointStore(self._config.checkpoint_root, self._config.account, self._config.job)
        commit, weights = store.weights_of(asked.model_path)
        if asked.base_model not in (None, commit.base_model):
            raise CheckpointRefused(
                f"checkpoint {asked.model_path!r} is of {commit.base_model!r}, not of {asked.base_model!r}"
            )
        lora = commit.lora_config or LoraConfig(rank=0)
        return Sampler(commit.base_model, lora, device, weights, asked.model_path)

    def _start(self, asked: SampleRequest, sampler: Sampler, request_id: str) -> None:
        drawing = self._draw(asked, sampler, request_id)
        task = asyncio.get_running_loop().create_task(drawing, name=f"sample {asked.sampling_session_id}")
        self._drawing[task] = None
        task.add_done_callback(lambda done: self._drawing.pop(done, None))

    async def _draw(self, asked: SampleRequest, sampler: Sampler, request_id: str) -> None:
        async with self._turns[asked.sampling_session_id]:
            self._futures.settle(request_id, await self._outcome(asked, sampler))

    async def _outcome(self, asked: SampleRequest, sampler: Sampler) -> Wire:
        try:
            if (refusal := not_understood(asked)) is not None:
                raise OperationRefused(refusal)
            if self._config.sample_s:
                await asyncio.sleep(self._config.sample_s)
            # without a seed in the request its number decides, so that a repeated run draws the same
            output = await self._blocking(lambda: sampler.sample(asked, seed=asked.seq_id))
        except OperationRefused as refused:
            return self._failure(asked, str(refused), "user")
        except Exception as broken:
            return self._failure(asked, f"{type(broken).__name__}: {broken}", "server")
        tokens = sum(len(sequence.tokens) for sequence in output.sequences)
        self._emit(
            SamplesDrawn(*self._config.identity, asked.sampling_session_id, asked.seq_id, len(output.sequences), tokens)
        )
        return output

    def _failure(self, asked: SampleRequest, error: str, category: Category) -> RequestFailed:
        self._emit(SamplingFailed(*self._config.identity, asked.sampling_session_id, asked.seq_id, error, category))
        return RequestFailed(error=error, category=category)

    def _known(self, sampler_id: str) -> Sampler:
        sampler = self._opened.get(sampler_id)
        if sampler is None:
            detail = f"this pod never opened sampling session {sampler_id!r}"
            raise Problem(404, "unknown-sampler", "Unknown sampling session", detail)
        return sampler


def _id_of(session_id: str, seq_id: int) -> str:
    return f"{session_id}:sample:{seq_id}"
