"""A training step: the bare torch loop, the engine, and the pod

A step is one forward_backward and one optim_step of the same transformer with LoRA of rank 4. Bare: tensors at hand,
a loss, `backward`, AdamW. Engine: from tokens to logprobs as the protocol has them. Pod: its verbs, with ledger, queue
and futures. Over ASGI: the same in JSON, four requests a step. Ratios are to the bare loop of the same round.

The budget holds where the model fills the device. A width of 32 does not: it costs so little a token that the lists of
logprobs, which the protocol wants, are seen beside it.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.measuring import Budget, median, ratio, table, verdict
from gateway_sim.trainer_pod.protocol import Datum

ADAM = {"learning_rate": 1e-3}
BUDGET = 1.05
"""The pod's step over the bare loop's, where the model fills the device (docs/architecture.md §9)."""

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Size:
    """A model's width, and a batch of so many rows of so many tokens; a round times `steps` of it."""

    name: str
    width: int
    rows: int
    length: int
    steps: int
    fills: bool = False

    @property
    def model(self) -> str:
        """The base model of this width."""
        return f"gateway-sim/bytes-{self.width}"


SMALL = (Size("tiny: width 32, 4 × 32 tokens", 32, 4, 32, 50), Size("width 32, 32 × 256 tokens", 32, 32, 256, 2))
FILLING = Size("filling: width 128, 32 × 256 tokens", 128, 32, 256, 1, fills=True)


def measure(quick: bool) -> dict[str, Any]:
    """Return for each size and way the median ms a step, its ratio to the bare loop, and the device."""
    return {"rows": steps((*SMALL, FILLING), "cpu", quick), "device": "CPU, one thread"}


def steps(sizes: Iterable[Size], device: str, quick: bool) -> list[dict[str, Any]]:
    """Return a row for each size and way on one device."""
    rows = []
    for size in sizes:
        found = asyncio.run(_rounds(size, device, 1 if quick else size.steps, 1 if quick else 9))
        for way in found[0]:
            budget = BUDGET if size.fills and way == "pod" else None
            ms, x_bare = median(r[way] for r in found), ratio(found, way, "bare")
            rows.append({"size": size.name, "way": way, "ms": ms, "x_bare": x_bare, "budget": budget})
    return rows


async def _rounds(size: Size, device: str, steps: int, rounds: int) -> list[dict[str, float]]:
    from gateway_sim.scenarios.world.settings import Settings
    from gateway_sim.scenarios.world.undisturbed import parts_of

    (data,) = parts_of(Settings(batch=size.rows, length=size.length), 1)
    found = []
    async with _pod(device) as (by_verbs, over_asgi):
        ways: dict[str, Step] = {
            "bare": _bare(size.model, device, data), "engine": _engine(size.model, device, data),
            "pod": await by_verbs(size.model, data), "pod over ASGI": await over_asgi(size.model, data),
        }  # fmt: skip
        for step in ways.values():
            await step()
        for number in range(rounds):
            order = list(ways)
            timed = {way: await _timed(ways[way], steps) for way in (order[::-1] if number % 2 else order)}
            found.append({way: timed[way] for way in order})
    return found


async def _timed(step: Step, steps: int) -> float:
    """Return the ms that a step takes; every way ends with a number on the host, so nothing is left on a device."""
    began = time.perf_counter()
    for _ in range(steps):
        await step()
    return (time.perf_counter() - began) / steps * 1e3


def _bare(name: str, device: str, data: Any) -> Step:
    import torch

    from gateway_sim.trainer_pod.batches import assemble
    from gateway_sim.trainer_pod.engine import TrainingModel

    model = TrainingModel(name, {"rank": 4}, device)
    network = model._network
    batch = assemble(data, ("weights",), model.device)
    weights = batch.inputs["weights"]
    optimizer = torch.optim.AdamW([network.weights], lr=1e-3, fused=True)

    async def step() -> None:
        loss = -(network.target_logprobs(batch.tokens, batch.targets) * weights).sum()
        torch.autograd.backward(loss)
        network.weights.grad = network.gradients
        optimizer.step()
        network.gradients.zero_()
        loss.item()

    return step


def _engine(name: str, device: str, data: Any) -> Step:
    from gateway_sim.trainer_pod.engine import TrainingModel

    model = TrainingModel(name, {"rank": 4}, device)

    async def step() -> None:
        model.forward_backward(data, "cross_entropy", {})
        model.optim_step(ADAM)

    return step


@contextlib.asynccontextmanager
async def _pod(device: str) -> AsyncIterator[tuple[Any, Any]]:
    from gateway_sim.trainer_pod.config import PodConfig
    from gateway_sim.trainer_pod.pod import TrainerPod

    with tempfile.TemporaryDirectory(prefix="gateway-sim-bench-") as scratch:
        pod = TrainerPod(PodConfig("acme", "job-1", 1, scratch, device=device), emit=lambda event: None)
        await pod.start()
        yield partial(_by_verbs, pod), partial(_over_asgi, pod)
        await pod.stop()


async def _by_verbs(pod: Any, name: str, data: list[Datum]) -> Step:
    from gateway_sim.trainer_pod.protocol import (
        AdamParams,
        CreateModelRequest,
        CreateSessionRequest,
        ForwardBackwardInput,
        ForwardBackwardRequest,
        LoraConfig,
        OptimStepRequest,
    )  # fmt: skip

    session, numbers = pod.sessions.create(CreateSessionRequest()), iter(range(1, 1_000_000))
    asked = CreateModelRequest(session_id=session, model_seq_id=0, base_model=name, lora_config=LoraConfig(rank=4))
    made = await pod.poll(pod.submit(asked).request_id)
    batch = ForwardBackwardInput(data=data, loss_fn="cross_entropy")

    async def step() -> None:
        call = ForwardBackwardRequest(forward_backward_input=batch, model_id=made.model_id, seq_id=next(numbers))
        await pod.poll(pod.submit(call).request_id)
        move = OptimStepRequest(adam_params=AdamParams(**ADAM), model_id=made.model_id, seq_id=next(numbers))
        await pod.poll(pod.submit(move).request_id)

    return step


async def _over_asgi(pod: Any, name: str, data: list[Datum]) -> Step:
    from gateway_sim.trainer_pod.app import PodApp

    app = PodApp(pod)

    async def post(route: str, body: dict[str, Any]) -> dict[str, Any]:
        sent, heard = json.dumps(body).encode(), []
        scope = {
            "type": "http", "method": "POST", "path": f"/api/v1/{route}", "raw_path": b"", "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(sent)).encode())],
            "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("pod", 80), "client": ("here", 1),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            heard.append(message.get("body", b""))

        await app(scope, receive, send)
        answer: dict[str, Any] = json.loads(b"".join(heard))
        return answer

    async def done(route: str, body: dict[str, Any]) -> dict[str, Any]:
        promise = await post(route, body)
        return await post("retrieve_future", {"request_id": promise["request_id"]})

    session, numbers = await post("create_session", {"type": "create_session"}), iter(range(1, 1_000_000))
    wanted = {"session_id": session["session_id"], "model_seq_id": 0, "base_model": name, "lora_config": {"rank": 4}}
    model_id = (await done("create_model", wanted))["model_id"]
    examples = [datum.model_dump() for datum in data]
    batch = {"data": examples, "loss_fn": "cross_entropy"}

    async def step() -> None:
        named = {"model_id": model_id, "seq_id": next(numbers)}
        result = await done("forward_backward", {"forward_backward_input": batch, **named})
        assert "metrics" in result, result
        await done("optim_step", {"adam_params": ADAM, "model_id": model_id, "seq_id": next(numbers)})

    return step


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    keys = ("size", "way", "ms", "x_bare", "budget")
    rows = (
        (*(r[key] for key in keys), verdict(r["x_bare"] <= r["budget"]) if r["budget"] else None)
        for r in document["rows"]
    )
    head = ("batch", "way", "ms a step", "× bare", "budget, × bare", "")
    return [f"On {document['device']}.", "", *table(head, rows)]


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return the pod's step over the bare loop's, where the model fills the device."""
    what = f"a pod's step over the bare torch loop's on {document['device']}"
    rows = [row for row in document["rows"] if row["budget"]]
    return [Budget(f"{what}, {row['size']}", row["budget"], row["x_bare"], at_most=True) for row in rows]
