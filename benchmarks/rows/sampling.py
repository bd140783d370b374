"""Sampling: the bare torch loop, the sampler, and the pod

A request draws several sequences after one prompt, at temperature 1. Bare: the same transformer, all sequences drawn at
once with one generator. Sampler: a generator for each sequence, stops, and logprobs, as the protocol has them. Pod: its
verbs, with ledger, turns and futures. Neither keeps anything between two tokens: each computes its sequence again.
Ratios are to the bare loop of the same round.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.measuring import median, ratio, table

Draw = Callable[[], Awaitable[None]]
PROMPT = list(b"Call me Ishmael. Some years ago ")


@dataclass(frozen=True)
class Size:
    """A model's width; a request for so many sequences of so many tokens, of which a round times `requests`."""

    name: str
    width: int
    sequences: int
    tokens: int
    requests: int

    @property
    def model(self) -> str:
        """The base model of this width."""
        return f"gateway-sim/bytes-{self.width}"


SIZES = (Size("width 32, 1 × 16 tokens", 32, 1, 16, 10), Size("width 128, 8 × 16 tokens", 128, 8, 16, 1))


def measure(quick: bool) -> dict[str, Any]:
    """Return for each size and way the median ms a request, and its ratio to the bare loop."""
    rows = []
    for size in SIZES:
        found = asyncio.run(_rounds(size, 1 if quick else size.requests, 1 if quick else 9))
        for way in found[0]:
            rows.append(
                {
                    "size": size.name,
                    "way": way,
                    "ms": median(r[way] for r in found),
                    "x_bare": ratio(found, way, "bare"),
                }
            )
    return {"rows": rows, "device": "CPU, one thread"}


async def _rounds(size: Size, requests: int, rounds: int) -> list[dict[str, float]]:
    from gateway_sim.trainer_pod.config import PodConfig
    from gateway_sim.trainer_pod.engine import settle_torch
    from gateway_sim.trainer_pod.pod import TrainerPod

    settle_torch()
    found = []
    with tempfile.TemporaryDirectory(prefix="gateway-sim-bench-") as scratch:
        pod = TrainerPod(PodConfig("acme", "job-1", 1, scratch, device="cpu"), emit=lambda event: None)
        await pod.start()
        ways: dict[str, Draw] = {"bare": _bare(size), "sampler": _sampler(size), "pod": await _pod(pod, size)}
        for draw in ways.values():
            await draw()
        for number in range(rounds):
            order = list(ways)
            timed = {way: await _timed(ways[way], requests) for way in (order[::-1] if number % 2 else order)}
            found.append({way: timed[way] for way in order})
        await pod.stop()
    return found


async def _timed(draw: Draw, requests: int) -> float:
    began = time.perf_counter()
    for _ in range(requests):
        await draw()
    return (time.perf_counter() - began) / requests * 1e3


def _bare(size: Size) -> Draw:
    import torch

    from gateway_sim.trainer_pod.model import Transformer
    from gateway_sim.trainer_pod.protocol import LoraConfig

    network, chance = Transformer(size.model, LoraConfig(rank=0), "cpu"), torch.Generator().manual_seed(0)

    async def draw() -> None:
        rows = torch.tensor([PROMPT] * size.sequences)
        with torch.no_grad():
            for _ in range(size.tokens):
                logits = network.logits(rows).view(*rows.shape, -1)[:, -1]
                tokens = torch.multinomial(torch.softmax(logits, dim=-1), 1, generator=chance)
                rows = torch.cat([rows, tokens], dim=1)
        rows.tolist()

    return draw


def _asked(size: Size, session: str, seq_id: int) -> Any:
    from gateway_sim.client.sdk.sampling import sampling_body
    from gateway_sim.trainer_pod.protocol.sampling import SampleRequest

    params = {"max_tokens": size.tokens, "seed": seq_id}
    body = sampling_body(PROMPT, params, size.sequences)
    return SampleRequest.model_validate({**body, "sampling_session_id": session, "seq_id": seq_id})


def _sampler(size: Size) -> Draw:
    from gateway_sim.trainer_pod.protocol import LoraConfig
    from gateway_sim.trainer_pod.sampling import Sampler

    sampler, numbers = Sampler(size.model, LoraConfig(rank=0), "cpu"), count()

    async def draw() -> None:
        sampler.sample(_asked(size, "none", next(numbers)), seed=0)

    return draw


async def _pod(pod: Any, size: Size) -> Draw:
    from gateway_sim.trainer_pod.protocol import CreateSessionRequest
    from gateway_sim.trainer_pod.protocol.sampling import CreateSamplingSessionRequest

    opened = pod.sessions.create(CreateSessionRequest())
    asked = CreateSamplingSessionRequest(session_id=opened, sampling_session_seq_id=0, base_model=size.model)
    session, numbers = await pod.samplers.open(asked, pod.device), count()

    async def draw() -> None:
        result = await pod.poll(pod.samplers.submit(_asked(size, session, next(numbers))).request_id)
        assert len(result.sequences) == size.sequences, result

    return draw


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    keys = ("size", "way", "ms", "x_bare")
    head = ("request", "way", "ms a request", "× bare")
    return [f"On {document['device']}.", "", *table(head, ([row[key] for key in keys] for row in document["rows"]))]
