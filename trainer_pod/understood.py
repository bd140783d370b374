"""What a request asks for and the pod does not know: it is refused by its name, and never ignored. Pure.

A field that is null or false asks for nothing. Labels, such as `user_metadata`, are declared where they may be sent.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway_sim.trainer_pod.protocol import (
    AdamParams,
    ForwardBackwardInput,
    OptimizerConfig,
    SaveWeightsForSamplerRequest,
    Wire,
)
from gateway_sim.trainer_pod.protocol.sampling import SampleRequest

_SHOWN = 60
"""The most characters of a value that a refusal repeats."""

WOULD_DO: Final[Mapping[str, str]] = {
    "projection_head_dim": "a model here has no projection head; leave it out",
    "init_method": "an adapter here begins as the SDK's default does; leave it out",
    "optimizer_config.type": 'the optimizer here is "adamw"; leave it out',
    "optimizer_params": 'the optimizer here is "adamw"; give AdamParams',
    "loss_fn_config.output": "a loss here reads log-probabilities, and no embeddings or projections; leave it out",
    "weights_access_token": "the checkpoints of an account need no token here; leave it out",
    "model_input_spans": "sequences are not recorded here; leave the spans out",
    "loss_fn_input_spans": "sequences are not recorded here; leave the spans out",
    "record_stability_info": "sequences are not recorded here; leave it out",
    "target_prompt_logprobs": "prompt_logprobs and topk_prompt_logprobs are there",
    "prompt_alt_tokens_k": "topk_prompt_logprobs is there",
}
"""For fields whose meaning is known: why not, and what would do. By the end of the field's name."""


def not_understood(body: Wire) -> str | None:
    """Return a sentence that names the first field of a request that this pod does not understand; None without one."""
    field = next(_unknown(body), None)
    if field is None:
        return None
    name, value = field
    would_do = next((f": {why}" for ending, why in WOULD_DO.items() if name.endswith(ending)), "")
    return f"{name} is {repr(value)[:_SHOWN]}, which this pod does not understand; nothing was done{would_do}"


def _unknown(body: Wire) -> Iterator[tuple[str, object]]:
    """Yield name and value of what is not understood, here and in the objects within."""
    for name, value in (body.model_extra or {}).items():
        if value is not None and value is not False:
            yield name, value
    yield from _other_choices(body)
    for name in type(body).model_fields:
        for place, within in _objects(name, getattr(body, name)):
            yield from ((f"{place}.{inner}", value) for inner, value in _unknown(within))


def _objects(name: str, value: object) -> Iterator[tuple[str, Wire]]:
    """Yield the objects in a field's value, with their places; a list of numbers has none."""
    if isinstance(value, Wire):
        yield name, value
    elif isinstance(value, list) and value and isinstance(value[0], Wire):
        yield from ((f"{name}[{n}]", item) for n, item in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"{name}.{key}", item) for key, item in value.items() if isinstance(item, Wire))


def _other_choices(body: Wire) -> Iterator[tuple[str, object]]:
    """Yield a field that is known, with a choice that is not."""
    match body:
        case OptimizerConfig(type=kind) if kind != "adamw":
            yield "type", kind
        case SaveWeightsForSamplerRequest(kind=kind) if kind not in (None, "snapshot"):
            yield "kind", kind
        case SaveWeightsForSamplerRequest(checkpoint_type=kind) if kind not in (None, "base", "delta"):
            yield "checkpoint_type", kind
        case SampleRequest(prompt_alt_tokens_k=count) if count:
            yield "prompt_alt_tokens_k", count
        case ForwardBackwardInput(loss_fn_config=dict(settings)):
            yield from (
                (f"loss_fn_config.{name}", value) for name, value in settings.items() if not isinstance(value, float)
            )
        case AdamParams(emit_grad_norm_metrics="detailed"):
            yield "emit_grad_norm_metrics", "detailed"
