"""Drawing tokens from a model, batched over the sequences of a request. Synchronous, and deterministic by the seed.

The whole sequence is computed again for each token: the models are small, and nothing is kept between two tokens.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gateway_sim.trainer_pod.batches import checked_tokens
from gateway_sim.trainer_pod.model import Transformer
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.protocol.sampling import SampledSequence, SampleOutput, SampleRequest, SamplingParams, Top
from gateway_sim.trainer_pod.refusals import OperationRefused


class Sampler:
    """Weights to sample from: a model's at one moment, a checkpoint's, or without `weights` the base model's.

    `path` names the checkpoint; None for other weights.
    """

    def __init__(
        self, base_model: str, lora: LoraConfig, device: str, weights: Tensor | None = None, path: str | None = None
    ) -> None:
        self.base_model = base_model
        self.path = path
        self._device = device
        self._network = Transformer(base_model, lora, device)
        if weights is not None:
            with torch.no_grad():
                self._network.weights.copy_(weights)

    def sample(self, asked: SampleRequest, seed: int) -> SampleOutput:
        """Draw the sequences of a request; `seed` counts unless the request has one. Raises OperationRefused."""
        context = self._network.shape.context
        prompt = checked_tokens("prompt", asked.prompt.tokens, self._network.shape)
        params = asked.sampling_params
        room = context - len(prompt)
        if (params.max_tokens or 1) > room:
            raise OperationRefused(
                f"prompt has {len(prompt)} tokens and sampling_params.max_tokens is {params.max_tokens or 1}; "
                f"together at most {context} fit"
            )
        last_n = asked.prompt_logprobs_last_n
        if last_n is not None and not (asked.prompt_logprobs and last_n < len(prompt)):
            raise OperationRefused(
                f"prompt_logprobs_last_n is {last_n}; it needs prompt_logprobs, and a prompt of more tokens"
            )
        with torch.no_grad():
            output = self._draw(prompt, asked, params.seed if params.seed is not None else seed, room)
            if asked.prompt_logprobs or asked.topk_prompt_logprobs:
                self._score(prompt, asked, output)
        return output

    def _draw(self, prompt: list[int], asked: SampleRequest, seed: int, room: int) -> SampleOutput:
        params, count = asked.sampling_params, asked.num_samples
        # each sequence has a chance of its own: its tokens do not depend on how many others are drawn
        chances = [torch.Generator().manual_seed(_seed_of(seed, n)) for n in range(count)]
        rows = torch.tensor([prompt] * count, device=self._device)
        sequences = [SampledSequence(stop_reason="length", tokens=[], logprobs=[]) for _ in range(count)]
        tops: list[list[Top]] = [[] for _ in range(count)]
        drawing = set(range(count))
        for _ in range(params.max_tokens or room):
            logits = self._network.logits(rows).view(count, rows.shape[1], -1)[:, -1].cpu()
            logprobs = torch.log_softmax(logits, dim=-1)
            drawn = [
                _token(logits[n], params, chances[n]) if n in drawing else 0  # a sequence that ended is only padded
                for n in range(count)
            ]
            for n in sorted(drawing):
                sequences[n].tokens.append(drawn[n])
                sequences[n].logprobs.append(float(logprobs[n, drawn[n]]))
                if asked.topk_sample_logprobs:
                    tops[n].append(_top(logprobs[n], asked.topk_sample_logprobs))
                if _stops(sequences[n].tokens, params.stop):
                    sequences[n].stop_reason = "stop"
                    drawing.remove(n)
            if not drawing:
                break
            rows = torch.cat([rows, torch.tensor(drawn, device=self._device)[:, None]], dim=1)
        if asked.topk_sample_logprobs:
            for sequence, top in zip(sequences, tops, strict=True):
                sequence.topk_logprobs = top
        return SampleOutput(sequences=sequences)

    def _score(self, prompt: list[int], asked: SampleRequest, output: SampleOutput) -> None:
        """Add the logprobs of the prompt's tokens to the result; its first token has none."""
        logprobs = torch.log_softmax(self._network.logits(torch.tensor([prompt], device=self._device)).cpu(), dim=-1)
        first = max(1, len(prompt) - (asked.prompt_logprobs_last_n or len(prompt)))
        unscored: list[None] = [None] * first
        scored = range(first, len(prompt))
        if asked.prompt_logprobs:
            output.prompt_logprobs = [*unscored, *(float(logprobs[at - 1, prompt[at]]) for at in scored)]
        if asked.topk_prompt_logprobs:
            output.topk_prompt_logprobs = [
                *unscored, *(_top(logprobs[at - 1], asked.topk_prompt_logprobs) for at in scored)
            ]  # fmt: skip


def _seed_of(seed: int, sequence: int) -> int:
    """Return the seed of one sequence of a request."""
    # the multiplier of a linear congruential generator keeps neighbouring seeds apart
    return (seed * 6364136223846793005 + sequence) % 2**63


def _token(logits: Tensor, params: SamplingParams, chance: torch.Generator) -> int:
    """Draw one token from the logits of its position, shape (vocabulary,)."""
    if params.temperature == 0:
        return int(logits.argmax())
    logits = logits / params.temperature
    ranked, tokens = logits.sort(descending=True, stable=True)
    kept = torch.ones_like(ranked, dtype=torch.bool)
    if params.top_k > 0:
        kept[params.top_k :] = False
    if params.top_p < 1:
        shares = torch.softmax(ranked, dim=-1)
        # a token stays if the more probable ones have less than `top_p` together; so the first always stays
        kept &= shares.cumsum(-1) - shares < params.top_p
    shares = torch.softmax(ranked.masked_fill(~kept, -torch.inf), dim=-1)
    return int(tokens[int(torch.multinomial(shares, 1, generator=chance))])


def _stops(tokens: Sequence[int], stop: str | Sequence[str] | Sequence[int] | None) -> bool:
    """Say whether the last tokens are one of the stops; the bytes of a text are its tokens."""
    stops = [stop] if isinstance(stop, str) else stop or []
    for one in stops:
        ending = list(one.encode()) if isinstance(one, str) else [one]
        if ending and list(tokens[-len(ending) :]) == ending:
            return True
    return False


def _top(logprobs: Tensor, count: int) -> Top:
    """Return the `count` most probable tokens of one position, with their logprobs."""
    values, tokens = logprobs.topk(min(count, len(logprobs)))
    return list(zip(tokens.tolist(), values.tolist(), strict=True))
