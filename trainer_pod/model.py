"""A small transformer: two causal layers, with low-rank adapters or with every weight trained.

Its shape is in its name (`model_shape`): "gateway-sim/bytes-1024" is wide enough to fill an accelerator.

Trainable tensors are views of one flat tensor in name order, and so are their gradients: one call steps, zeroes,
clips or digests them all, and a step costs the same for adapters as for one tensor.
"""

import hashlib
import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from gateway_sim.trainer_pod.model_shape import Shape, shape_of
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import OperationRefused

_HEADS = 2
_HEAD_WIDTH = 64
"""The width of a head; there are at least two heads."""
_LAYERS = 2
_DEFAULT_ALPHA = 32.0


def _attention_maps(width: int) -> dict[str, tuple[int, int]]:
    """Return the shape, rows out and rows in, of each linear map of an attention."""
    return {"qkv": (3 * width, width), "proj": (width, width)}


def _mlp_maps(width: int) -> dict[str, tuple[int, int]]:
    """Return the shape, rows out and rows in, of each linear map of a feed-forward part."""
    return {"up": (4 * width, width), "down": (width, 4 * width)}


def _linears(lora: LoraConfig, shape: Shape) -> dict[str, tuple[int, int]]:
    """Return the linear maps that this configuration adapts, with their shapes."""
    adapted: dict[str, tuple[int, int]] = {}
    for layer in range(_LAYERS):
        if lora.train_attn:
            adapted |= {f"layers.{layer}.{name}": size for name, size in _attention_maps(shape.width).items()}
        if lora.train_mlp:
            adapted |= {f"layers.{layer}.{name}": size for name, size in _mlp_maps(shape.width).items()}
    if lora.train_unembed:
        adapted["unembed"] = (shape.vocabulary, shape.width)
    return adapted


@lru_cache(maxsize=16)
def _first_weights(base_model: str, device: str) -> dict[str, Tensor]:
    """Return the weights of a base model: a pure function of its name, drawn once a process."""
    seed = int.from_bytes(hashlib.sha256(base_model.encode()).digest()[:7])
    chance = torch.Generator().manual_seed(seed)
    shape = shape_of(base_model)
    width = shape.width
    weights = {
        "embed": torch.randn(shape.vocabulary, width, generator=chance) * 0.5,
        "positions": torch.randn(shape.context, width, generator=chance) * 0.1,
        "unembed": torch.randn(shape.vocabulary, width, generator=chance) * 0.1,
        "norm": torch.ones(width),
    }
    for layer in range(_LAYERS):
        weights |= {f"layers.{layer}.{norm}": torch.ones(width) for norm in ("norm_attn", "norm_mlp")}
        for name, (rows, columns) in (_attention_maps(width) | _mlp_maps(width)).items():
            drawn = torch.randn(rows, columns, generator=chance)
            weights[f"layers.{layer}.{name}"] = drawn / math.sqrt(columns)
    return {name: tensor.to(device) for name, tensor in weights.items()}


@lru_cache(maxsize=16)
def _adapters(lora: LoraConfig, shape: Shape) -> dict[str, Tensor]:
    """Return the adapters before training: `lora_a` drawn from the seed, `lora_b` zero, so that nothing changes yet.

    They are shared and must not be written to: each model trains a copy.
    """
    chance = torch.Generator().manual_seed(lora.seed or 0)
    adapters: dict[str, Tensor] = {}
    for name, (rows, columns) in _linears(lora, shape).items():
        adapters[f"{name}.lora_a"] = torch.randn(lora.rank, columns, generator=chance) / math.sqrt(columns)
        adapters[f"{name}.lora_b"] = torch.zeros(rows, lora.rank)
    if not adapters:
        raise OperationRefused("lora_config trains nothing: one of train_attn, train_mlp, train_unembed must be true")
    return adapters


class Transformer:
    """The weights of a base model, and the trained ones among them.

    `weights` and `gradients` are flat float32 tensors over the trainable parameters in name order; `trained` holds
    the same memory by name.
    """

    def __init__(self, base_model: str, lora: LoraConfig, device: str) -> None:
        self.shape = shape_of(base_model)
        self._frozen = dict(_first_weights(base_model, device))
        self._scale = (_DEFAULT_ALPHA if lora.alpha is None else lora.alpha) / max(lora.rank, 1)
        initial = _adapters(lora, self.shape) if lora.rank else self._frozen
        names = sorted(initial)
        self.weights = torch.cat([initial[name].reshape(-1) for name in names]).to(device)
        self.gradients = torch.zeros_like(self.weights)
        self.trained: dict[str, Tensor] = {}
        sizes = [initial[name].numel() for name in names]
        for name, weight, gradient in zip(
            names, torch.split(self.weights, sizes), torch.split(self.gradients, sizes), strict=True
        ):
            shape = initial[name].shape
            leaf = weight.view(shape).requires_grad_()
            leaf.grad = gradient.view(shape)  # backward adds to it in place
            self.trained[name] = leaf
        if lora.rank == 0:
            self._frozen = {}

    def target_logprobs(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Return log p(target | tokens up to here) for int64 `tokens` and `targets` of shape (rows, length), flat.

        `targets` may have a third dimension: several targets a token.
        """
        logits = self.logits(tokens)
        if targets.dim() == 2:
            return -functional.cross_entropy(logits, targets.reshape(-1), reduction="none")
        # one by one, because the gradient of a `gather` is not deterministic on CUDA
        columns = [
            functional.cross_entropy(logits, column, reduction="none") for column in targets.flatten(0, 1).unbind(1)
        ]
        return -torch.stack(columns, dim=1).reshape(-1)

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits of each next token, shape (rows * length, vocabulary), for int64 (rows, length) tokens."""
        rows, length = tokens.shape
        stream = functional.embedding(tokens, self._weight("embed")) + self._weight("positions")[:length]
        stream = stream.reshape(rows * length, self.shape.width)
        for layer in range(_LAYERS):
            stream = stream + self._attention(f"layers.{layer}", stream, rows, length)
            stream = stream + self._mlp(f"layers.{layer}", stream)
        return functional.linear(self._normed("norm", stream), self._weight("unembed"))

    def _attention(self, layer: str, stream: Tensor, rows: int, length: int) -> Tensor:
        mixed = functional.linear(self._normed(f"{layer}.norm_attn", stream), self._weight(f"{layer}.qkv"))
        heads = max(_HEADS, self.shape.width // _HEAD_WIDTH)
        query, key, value = mixed.view(rows, length, 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return functional.linear(
            seen.transpose(1, 2).reshape(rows * length, self.shape.width), self._weight(f"{layer}.proj")
        )

    def _mlp(self, layer: str, stream: Tensor) -> Tensor:
        risen = functional.linear(self._normed(f"{layer}.norm_mlp", stream), self._weight(f"{layer}.up"))
        return functional.linear(functional.relu(risen), self._weight(f"{layer}.down"))

    def _normed(self, name: str, stream: Tensor) -> Tensor:
        return functional.layer_norm(stream, (self.shape.width,), self._weight(name))

    def _weight(self, name: str) -> Tensor:
        """Return a weight as the model uses it: trained, frozen, or frozen with its adapter merged in."""
        if (down := self.trained.get(f"{name}.lora_a")) is not None:
            return torch.addmm(self._frozen[name], self.trained[f"{name}.lora_b"], down, alpha=self._scale)
        trained = self.trained.get(name)
        return self._frozen[name] if trained is None else trained
