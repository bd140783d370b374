"""A batch too long for one request is cut into chunks, and their results are put together again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from trainer_pod.protocol import ForwardBackwardOutput

D = TypeVar("D")

_REDUCTIONS: Final[dict[str, Callable[[list[float]], float]]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
}


def cut(data: Sequence[D], longest: int) -> list[Sequence[D]]:
    """Return the batch in chunks of at most `longest` examples, in order; an empty batch is one empty chunk."""
    return [data[start : start + longest] for start in range(0, len(data), longest)] or [data]


def joined(results: Sequence[ForwardBackwardOutput]) -> ForwardBackwardOutput:
    """Return the chunks' results as one: outputs in order, each metric reduced as its name says."""
    names = dict.fromkeys(name for result in results for name in result.metrics)
    metrics = {}
    for name in names:
        values = [result.metrics[name] for result in results if name in result.metrics]
        reduce = _REDUCTIONS.get(name.rpartition(":")[2])
        metrics[name] = reduce(values) if reduce else values[-1]
    outputs = [output for result in results for output in result.loss_fn_outputs]
    return results[0].model_copy(update={"loss_fn_outputs": outputs, "metrics": metrics})
