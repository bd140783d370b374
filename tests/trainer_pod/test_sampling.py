"""What is drawn from a model, against the model's own logprobs and against plain arithmetic."""

import itertools
import math
from collections import Counter
from typing import Any

import pytest
import torch

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.model_shape import CONTEXT
from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, LoraConfig, ModelInput, TensorData
from gateway_sim.trainer_pod.protocol.sampling import SampledSequence, SampleOutput, SampleRequest, SamplingParams
from gateway_sim.trainer_pod.refusals import OperationRefused
from gateway_sim.trainer_pod.sampling import Sampler, _seed_of

BASE = "gateway-sim/bytes-32"
PROMPT = list(b"the route of ")


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    """A sampler of the base model."""
    return Sampler(BASE, LoraConfig(rank=0), "cpu")


def drawn(
    sampler: Sampler, *, prompt: list[int] = PROMPT, n: int = 1, seed: int = 0, more: dict[str, Any] | None = None,
    **params: Any,
) -> SampleOutput:  # fmt: skip
    """Ask for sequences after the prompt."""
    read = ModelInput(chunks=[EncodedTextChunk(tokens=prompt)])
    asked = SampleRequest(
        sampling_session_id="s", seq_id=0, prompt=read, num_samples=n, sampling_params=SamplingParams(**params),
        **(more or {}),
    )  # fmt: skip
    return sampler.sample(asked, seed)


def reckoned(tokens: list[int]) -> list[float]:
    """Return the training engine's logprob of each token but the first, given those before it."""
    model = TrainingModel(BASE, {"rank": 0}, "cpu")
    inputs = {"target_tokens": TensorData.ints(tokens[1:]), "weights": TensorData.floats([1.0] * (len(tokens) - 1))}
    datum = Datum(model_input=ModelInput(chunks=[EncodedTextChunk(tokens=tokens[:-1])]), loss_fn_inputs=inputs)
    return [float(value) for value in model.forward([datum], "cross_entropy").loss_fn_outputs[0]["logprobs"].data]


def test_logprobs_are_those_of_the_training_engine(sampler: Sampler) -> None:
    """Of the prompt and of what was drawn, whatever temperature, top_k and top_p drew it."""
    output = drawn(sampler, max_tokens=6, temperature=0.7, top_k=9, top_p=0.8, more={"prompt_logprobs": True})
    (sequence,) = output.sequences
    whole = reckoned(PROMPT + sequence.tokens)
    assert output.prompt_logprobs is not None
    assert output.prompt_logprobs[0] is None
    assert [*output.prompt_logprobs[1:], *sequence.logprobs] == pytest.approx(whole, abs=1e-5)


def test_temperature_zero_takes_the_most_probable_token(sampler: Sampler) -> None:
    """Each token heads its own list of the most probable ones."""
    (sequence,) = drawn(sampler, max_tokens=8, temperature=0, more={"topk_sample_logprobs": 3}).sequences
    assert sequence.topk_logprobs is not None
    assert [top[0] for top in sequence.topk_logprobs] == [
        (token, pytest.approx(logprob)) for token, logprob in zip(sequence.tokens, sequence.logprobs, strict=True)
    ]
    assert all(a[1] >= b[1] for top in sequence.topk_logprobs for a, b in itertools.pairwise(top))


def test_draws_have_the_models_shares(sampler: Sampler) -> None:
    """Of 1,024 first tokens, each of the ten most probable is drawn within four standard errors of its share."""
    logprobs = drawn(sampler, max_tokens=1, temperature=0, more={"topk_sample_logprobs": 10}).sequences[0].topk_logprobs
    assert logprobs is not None
    for temperature in (1.0, 0.5):
        found = Counter(
            one.tokens[0] for one in drawn(sampler, n=1024, max_tokens=1, temperature=temperature).sequences
        )
        weights = torch.softmax(_first_logits(sampler) / temperature, dim=-1)
        for token, _ in logprobs[0]:
            share = float(weights[token])
            assert abs(found[token] / 1024 - share) < 4 * math.sqrt(share * (1 - share) / 1024), (token, temperature)


@pytest.mark.parametrize(("limits", "kept"), [({"top_k": 5}, 5), ({"top_p": 1e-9}, 1), ({"top_k": 1}, 1)])
def test_the_limits_leave_the_most_probable_tokens(sampler: Sampler, limits: dict[str, Any], kept: int) -> None:
    """And among 1,024 draws every one of those comes."""
    best = set(_first_logits(sampler).topk(kept).indices.tolist())
    assert {one.tokens[0] for one in drawn(sampler, n=1024, max_tokens=1, **limits).sequences} == best


def test_top_p_keeps_the_fewest_tokens_that_have_the_share(sampler: Sampler) -> None:
    """The token that crosses the share is the last one kept."""
    shares = torch.softmax(_first_logits(sampler), dim=-1).sort(descending=True)
    reach = shares.values.cumsum(0)
    asked = float((reach[2] + reach[3]) / 2)
    found = {one.tokens[0] for one in drawn(sampler, n=1024, max_tokens=1, top_p=asked).sequences}
    assert found == set(shares.indices[:4].tolist())


def test_a_seed_decides_and_a_sequence_does_not_depend_on_the_others(sampler: Sampler) -> None:
    """The first of three is the one that is drawn alone."""
    three = drawn(sampler, n=3, seed=5, max_tokens=12).sequences
    assert three[:1] == drawn(sampler, n=1, seed=5, max_tokens=12).sequences
    assert len({tuple(one.tokens) for one in three}) == 3
    assert drawn(sampler, seed=5, max_tokens=12) != drawn(sampler, seed=6, max_tokens=12)


def test_the_seed_of_a_request_comes_before_its_number(sampler: Sampler) -> None:
    """Two requests with one seed draw the same."""
    read = ModelInput(chunks=[EncodedTextChunk(tokens=PROMPT)])
    asked = SampleRequest(
        sampling_session_id="s", seq_id=0, prompt=read, sampling_params=SamplingParams(max_tokens=12, seed=9)
    )
    assert sampler.sample(asked, 1) == sampler.sample(asked, 2) != drawn(sampler, seed=1, max_tokens=12)


@pytest.mark.parametrize("form", ["text", "texts", "tokens"])
def test_a_stop_ends_a_sequence_and_is_its_last_token(sampler: Sampler, form: str) -> None:
    """As a text, as texts or as tokens; the other sequences of the request go on."""
    whole = drawn(sampler, n=4, seed=3, max_tokens=20).sequences
    ascii_at = next(at for at, token in enumerate(whole[0].tokens) if token < 128 and at > 2)
    last = whole[0].tokens[ascii_at]
    stop: Any = {"text": chr(last), "texts": [chr(last)], "tokens": [last]}[form]
    stopped = drawn(sampler, n=4, seed=3, max_tokens=20, stop=stop).sequences

    def ended(one: SampledSequence) -> list[int]:
        return one.tokens[: one.tokens.index(last) + 1] if last in one.tokens else one.tokens

    assert [one.tokens for one in stopped] == [ended(one) for one in whole]
    assert [one.stop_reason for one in stopped] == ["stop" if last in one.tokens else "length" for one in whole]


def test_only_the_last_tokens_of_a_prompt_can_be_scored(sampler: Sampler) -> None:
    """The others are null; they equal the scores of the whole prompt."""
    whole = drawn(sampler, max_tokens=1, more={"prompt_logprobs": True, "topk_prompt_logprobs": 2})
    part = drawn(sampler, max_tokens=1, more={"prompt_logprobs": True, "prompt_logprobs_last_n": 3})
    assert whole.prompt_logprobs is not None
    assert part.prompt_logprobs == [None] * (len(PROMPT) - 3) + whole.prompt_logprobs[-3:]
    assert whole.topk_prompt_logprobs is not None
    assert whole.topk_prompt_logprobs[0] is None
    assert all(top is not None and len(top) == 2 for top in whole.topk_prompt_logprobs[1:])


def test_without_a_limit_a_sequence_fills_the_context(sampler: Sampler) -> None:
    """The prompt counts."""
    (sequence,) = drawn(sampler, prompt=PROMPT * 78, temperature=0).sequences
    assert len(sequence.tokens) == CONTEXT - len(PROMPT) * 78


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"prompt": []}, "prompt has 0 tokens; between 1 and 1024 fit"),
        ({"prompt": [256]}, "prompt holds a token outside 0..255: tokens are bytes"),
        ({"max_tokens": 1020}, "prompt has 13 tokens and sampling_params.max_tokens is 1020; together at most 1024"),
        ({"prompt": [1] * 1024}, "prompt has 1024 tokens and sampling_params.max_tokens is 1; together at most 1024"),
        ({"more": {"prompt_logprobs_last_n": 2}}, "prompt_logprobs_last_n is 2; it needs prompt_logprobs"),
        (
            {"more": {"prompt_logprobs_last_n": 13, "prompt_logprobs": True}},
            "prompt_logprobs_last_n is 13; it needs prompt_logprobs, and a prompt of more tokens",
        ),
    ],
)
def test_what_does_not_fit_is_refused(sampler: Sampler, asked: dict[str, Any], sentence: str) -> None:
    """With the field and the limit."""
    with pytest.raises(OperationRefused, match=sentence):
        drawn(sampler, **{"max_tokens": None, **asked})


def _first_logits(sampler: Sampler) -> torch.Tensor:
    """Return the logits of the first token after the prompt, from the lists of the most probable ones."""
    (sequence,) = drawn(sampler, max_tokens=1, temperature=0, more={"topk_sample_logprobs": 256}).sequences
    assert sequence.topk_logprobs is not None
    logits = torch.empty(256)
    for token, logprob in sequence.topk_logprobs[0]:
        logits[token] = logprob
    return logits


def test_a_stop_that_is_one_text_is_not_its_letters(sampler: Sampler) -> None:
    """A sequence that has one of them goes on."""
    whole = drawn(sampler, n=4, seed=3, max_tokens=20).sequences
    letter = next(chr(token) for one in whole for token in one.tokens[:-1] if token < 128)
    assert drawn(sampler, n=4, seed=3, max_tokens=20, stop=f"{letter}, which is nowhere").sequences == whole


def test_a_stop_of_several_tokens_ends_a_sequence_after_all_of_them(sampler: Sampler) -> None:
    """Wherever they come; of two stops the one that comes first ends it."""
    (whole,) = drawn(sampler, seed=3, max_tokens=40).sequences
    at = next(n for n in range(2, 39) if max(whole.tokens[n : n + 2]) < 128)
    text = bytes(whole.tokens[at : at + 2]).decode()
    ends = next(n for n in range(2, 41) if whole.tokens[n - 2 : n] == whole.tokens[at : at + 2])
    for stop in (text, [text], ["nowhere in it", text]):
        (stopped,) = drawn(sampler, seed=3, max_tokens=40, stop=stop).sequences
        assert (stopped.tokens, stopped.stop_reason) == (whole.tokens[:ends], "stop")
        assert len(stopped.logprobs) == ends


def test_a_prompt_and_its_sequence_may_fill_the_context(sampler: Sampler) -> None:
    """To the last token; a list of the most probable tokens ends with the vocabulary."""
    output = drawn(sampler, prompt=[1] * (CONTEXT - 1), max_tokens=1, more={"topk_sample_logprobs": 300})
    (sequence,) = output.sequences
    assert sequence.topk_logprobs is not None
    assert (len(sequence.tokens), sequence.stop_reason, len(sequence.topk_logprobs[0])) == (1, "length", 256)


def test_what_was_not_asked_for_is_not_in_the_answer(sampler: Sampler) -> None:
    """Lists of probable tokens and scores of the prompt are large."""
    output = drawn(sampler, max_tokens=2)
    assert (output.prompt_logprobs, output.topk_prompt_logprobs) == (None, None)
    assert output.sequences[0].topk_logprobs is None
    scored = drawn(sampler, max_tokens=1, more={"topk_prompt_logprobs": 1})
    assert scored.prompt_logprobs is None
    assert scored.topk_prompt_logprobs is not None


def test_the_most_probable_tokens_of_a_prompt_are_those_before_each_of_its_tokens(sampler: Sampler) -> None:
    """The whole list of a position has the token that stands there, with the logprob that it is scored with."""
    output = drawn(sampler, max_tokens=1, more={"prompt_logprobs": True, "topk_prompt_logprobs": 256})
    assert output.prompt_logprobs is not None
    assert output.topk_prompt_logprobs is not None
    for token, logprob, top in list(zip(PROMPT, output.prompt_logprobs, output.topk_prompt_logprobs, strict=True))[1:]:
        assert top is not None
        assert dict(top)[token] == pytest.approx(logprob)


def test_a_replayed_request_draws_the_same_in_every_release(sampler: Sampler) -> None:
    """The seeds of its sequences are fixed: those of a line that replays a run from its seed."""
    assert [_seed_of(seed, n) for seed, n in ((0, 3), (1, 0), (2, 1))] == [
        3, 6364136223846793005, 2 * 6364136223846793005 + 1 - 2**63,
    ]  # fmt: skip


def test_what_the_model_reads_is_on_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt, each token that was drawn, and the prompt again when it is scored."""
    placed = Sampler(BASE, LoraConfig(rank=0), "meta")
    assert placed._network.weights.device.type == "meta"
    read: list[str] = []

    def logits(rows: torch.Tensor) -> torch.Tensor:
        read.append(rows.device.type)
        return torch.zeros(rows.numel(), 256)

    monkeypatch.setattr(placed._network, "logits", logits)
    drawn(placed, n=2, max_tokens=2, temperature=0, more={"prompt_logprobs": True})
    assert read == ["meta"] * 3
