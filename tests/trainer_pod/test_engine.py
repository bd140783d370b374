"""The engine trains: what accumulates, what a step does with it, and that the same calls give the same bytes."""

import os
import subprocess
import sys
from itertools import chain

import pytest
import torch

from gateway_sim.trainer_pod.engine import DeviceMissing, TrainingModel, choose_device, settle_torch
from gateway_sim.trainer_pod.protocol import AdamParams, Datum, EncodedTextChunk, LoraConfig, ModelInput, TensorData
from gateway_sim.trainer_pod.refusals import OperationRefused
from gateway_sim.trainer_pod.text import batch

LORA = LoraConfig(rank=4, seed=7)
PLAIN = AdamParams(learning_rate=1e-2)


def model(rank: int = 4) -> TrainingModel:
    """Return a model on the CPU that has seen nothing."""
    return TrainingModel("byte-transformer", LORA.model_copy(update={"rank": rank}), "cpu")


def warmed(rank: int = 4) -> TrainingModel:
    """Return a model after one step, so that no adapter is zero any more."""
    made = model(rank)
    made.forward_backward(batch(0, 2, 16), "cross_entropy")
    made.optim_step(PLAIN)
    return made


def flat(gradients: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return all gradients in one line."""
    return torch.cat([gradient.reshape(-1) for gradient in gradients.values()])


def example(tokens: bytes, **fields: list[float]) -> Datum:
    """Return an example of these bytes with these fields of the loss."""
    tensors = {name: TensorData.floats(values) for name, values in fields.items()}
    tensors["target_tokens"] = TensorData.ints(list(tokens[1:]))
    chunk = EncodedTextChunk(tokens=list(tokens[:-1]))
    return Datum(model_input=ModelInput(chunks=[chunk]), loss_fn_inputs=tensors)


@pytest.mark.parametrize("rank", [0, 4])
def test_training_learns_the_text(rank: int) -> None:
    """Twenty steps on one batch lower its loss, with adapters and with every weight."""
    made, data = model(rank), batch(0, 4, 32)
    first = made.forward(data, "cross_entropy").metrics["loss:sum"]
    for _ in range(20):
        made.forward_backward(data, "cross_entropy")
        made.optim_step(PLAIN, "num_loss_tokens")
    assert made.forward(data, "cross_entropy").metrics["loss:sum"] < 0.7 * first


def test_a_wider_model_learns_too() -> None:
    """A name of ours says how wide; any other name is of a model as small as it gets."""
    wide, data = TrainingModel("gateway-sim/bytes-128", LORA, "cpu"), batch(0, 4, 32)
    assert wide.state()["weights"].numel() == 4 * model().state()["weights"].numel() - 3 * 4 * 256
    first = wide.forward(data, "cross_entropy").metrics["loss:sum"]
    for _ in range(20):
        wide.forward_backward(data, "cross_entropy")
        wide.optim_step(PLAIN, "num_loss_tokens")
    assert wide.forward(data, "cross_entropy").metrics["loss:sum"] < 0.7 * first


def test_forward_and_backward_read_as_many_tokens_as_the_model_has_context_for() -> None:
    """A name of ours says how many; without it they are 1,024."""
    short, long = model(), TrainingModel("gateway-sim/bytes-32-context-2048", LORA, "cpu")
    for number in (1024, 1025, 2048):
        datum = example(b"a" * (number + 1), weights=[1.0] * number)
        for made in (short, long) if number == 1024 else (long,):
            assert made.forward([datum], "cross_entropy").metrics == pytest.approx(
                made.forward_backward([datum], "cross_entropy").metrics
            )
    for call in (short.forward, short.forward_backward):
        with pytest.raises(OperationRefused, match="1024"):
            call([example(b"a" * 1026, weights=[1.0] * 1025)], "cross_entropy")


@pytest.mark.parametrize("width", ["0", "33", "8192", "9" * 9])
def test_a_width_that_no_model_has_is_refused(width: str) -> None:
    """It is said which widths there are, before anything as large is drawn."""
    with pytest.raises(OperationRefused, match="take a multiple of 32 up to 4096"):
        TrainingModel(f"gateway-sim/bytes-{width}", LORA, "cpu")


def test_cross_entropy_is_the_raw_weighted_sum_of_its_logprobs() -> None:
    """The loss is -sum(logprob * weight) over all tokens of all examples, not a mean."""
    # docs/reference/protocol.md §1.3
    data = [example(b"Alice", weights=[0, 1, 2, -1]), example(b"sat", weights=[1, 1])]
    result = model().forward_backward(data, "cross_entropy")
    logprobs = [output["logprobs"].data for output in result.loss_fn_outputs]
    assert [len(row) for row in logprobs] == [4, 2]
    weights = [0, 1, 2, -1, 1, 1]
    expected = -sum(logprob * weight for logprob, weight in zip(chain(*logprobs), weights, strict=True))
    assert result.metrics["loss:sum"] == pytest.approx(expected, rel=1e-5)


def test_gradients_agree_with_differences_of_the_loss() -> None:
    """Moving each of some weights a little changes the loss as its gradient says."""
    made, data = warmed(), batch(1, 2, 16)
    made.forward_backward(data, "cross_entropy")
    analytic = flat(made.gradients())
    weights = made._network.weights
    for index in (0, 100, 1000, 3000, len(weights) - 1):
        width = 1e-2
        values = []
        for shift in (width, -width):
            with torch.no_grad():
                weights[index] += shift
            values.append(made.forward(data, "cross_entropy").metrics["loss:sum"])
            with torch.no_grad():
                weights[index] -= shift
        assert (values[0] - values[1]) / (2 * width) == pytest.approx(float(analytic[index]), rel=0.05, abs=0.05)


def test_a_custom_loss_is_a_weighted_cross_entropy() -> None:
    """forward, then cross_entropy with weights -dC/dlogprob, gives the very gradients of the loss C itself."""
    tokens = b"Down the Rabbit-Hole"
    told = {"logprobs": [-1.0] * 19, "advantages": [0.1 * n - 0.9 for n in range(19)]}
    direct, custom = warmed(), warmed()
    direct.forward_backward([example(tokens, **told)], "importance_sampling")

    seen = custom.forward([example(tokens, weights=[0.0] * 19)], "cross_entropy").loss_fn_outputs[0]["logprobs"]
    logprobs = torch.tensor(seen.data, requires_grad=True)
    loss = -(torch.exp(logprobs + 1.0) * torch.tensor(told["advantages"])).sum()
    (pull,) = torch.autograd.grad(loss, logprobs)
    custom.forward_backward([example(tokens, weights=(-pull).tolist())], "cross_entropy")
    assert torch.equal(flat(direct.gradients()), flat(custom.gradients()))


def test_forward_leaves_no_gradient() -> None:
    """A forward changes nothing that a step would use."""
    made = model()
    made.forward(batch(0, 2, 16), "cross_entropy")
    assert made.accumulated == 0
    assert not flat(made.gradients()).any()


def test_gradients_accumulate_until_the_step() -> None:
    """Two batches give the sum of their gradients, and the step begins anew."""
    both, one, other = warmed(), warmed(), warmed()
    for made, steps in ((both, (1, 2)), (one, (1,)), (other, (2,))):
        for step in steps:
            made.forward_backward(batch(step, 2, 16), "cross_entropy")
    torch.testing.assert_close(flat(both.gradients()), flat(one.gradients()) + flat(other.gradients()))
    assert both.accumulated == 2
    result = both.optim_step(PLAIN)
    assert result.metrics is not None
    assert result.metrics["accumulated:sum"] == 2
    assert both.accumulated == 0
    assert not flat(both.gradients()).any()


def test_examples_of_unequal_length_do_not_disturb_each_other() -> None:
    """Padding changes neither logprobs nor gradients beyond rounding."""
    short, long = example(b"Alice", weights=[1.0] * 4), example(b"Wonderland!", weights=[1.0] * 10)
    together, apart = warmed(), warmed()
    outputs = together.forward_backward([short, long], "cross_entropy").loss_fn_outputs
    for index, datum in enumerate((short, long)):
        alone = apart.forward_backward([datum], "cross_entropy").loss_fn_outputs[0]["logprobs"]
        assert outputs[index]["logprobs"].data == pytest.approx(alone.data, abs=1e-5)
    torch.testing.assert_close(flat(together.gradients()), flat(apart.gradients()), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "adam",
    [
        AdamParams(learning_rate=0.01),
        AdamParams(learning_rate=0.02, beta1=0.5, beta2=0.7, eps=1e-3, weight_decay=0.1),
        AdamParams(learning_rate=0.0, weight_decay=0.5),
    ],
)
def test_a_step_is_adamw_with_every_field(adam: AdamParams) -> None:
    """Three steps equal torch's plain, unfused AdamW with the same settings on the same gradients."""
    made = warmed()
    state = made.state()
    weights = state["weights"].requires_grad_()
    plain = torch.optim.AdamW(
        [weights], adam.learning_rate, (adam.beta1, adam.beta2), adam.eps, adam.weight_decay, foreach=False
    )
    moments = {"step": state["optimizer_steps"], "exp_avg": state["exp_avg"], "exp_avg_sq": state["exp_avg_sq"]}
    plain.state[weights] = moments
    for step in range(3):
        made.forward_backward(batch(step, 2, 16), "cross_entropy")
        weights.grad = flat(made.gradients())
        made.optim_step(adam)
        plain.step()
    torch.testing.assert_close(made.state()["weights"], weights.detach(), rtol=1e-5, atol=1e-7)


def test_a_step_without_gradients_still_moves_by_its_momentum() -> None:
    """Gradients are zero then, not absent: a step applied twice does harm (docs/reference/protocol.md §6)."""
    made = warmed()
    before = made.weights_digest()
    result = made.optim_step(PLAIN)
    assert result.metrics is not None
    assert result.metrics["grad_norm:max"] == 0
    assert made.weights_digest() != before
    assert made.step == 2


def test_the_first_step_without_gradients_moves_nothing() -> None:
    """With no momentum and no gradient there is nowhere to go, and no division by zero."""
    made = model()
    before = made.weights_digest()
    made.optim_step(PLAIN)
    assert made.weights_digest() == before


@pytest.mark.parametrize(("normalization", "divisor"), [("num_loss_tokens", 5), ("num_sequences", 2), ("none", 1)])
def test_a_normalization_divides_what_accumulated(normalization: str, divisor: int) -> None:
    """Only tokens with a gradient count, and only sequences with such a token, over all batches since the step."""
    batches = [
        [example(b"Alice", weights=[0, 1, 1, 1]), example(b"sat", weights=[0, 0])],
        [example(b"by the", weights=[2, 0, 0, 0, -1])],
    ]
    divided, plain = warmed(), warmed()
    for made in (divided, plain):
        for data in batches:
            made.forward_backward(data, "cross_entropy")
    raw = float(flat(plain.gradients()).norm())
    result = divided.optim_step(PLAIN, normalization)  # type: ignore[arg-type]
    assert result.metrics is not None
    assert result.metrics["grad_norm:max"] == pytest.approx(raw / divisor)


def test_no_normalization_is_asked_for_by_leaving_it_out() -> None:
    """tinker never sends the field, and means the raw sum."""
    said, left_out = warmed(), warmed()
    for made in (said, left_out):
        made.forward_backward(batch(1, 2, 16), "cross_entropy")
    said.optim_step(PLAIN, "none")
    left_out.optim_step(PLAIN)
    assert said.weights_digest() == left_out.weights_digest()


def test_a_clip_shortens_the_gradient_to_its_norm() -> None:
    """A gradient longer than grad_clip_norm is scaled down to it; a shorter one and a norm of 0 change nothing."""
    clipped, plain = warmed(), warmed()
    for made in (clipped, plain):
        made.forward_backward(batch(1, 2, 16), "cross_entropy")
    norm = float(flat(clipped.gradients()).norm())
    clipped.optim_step(AdamParams(learning_rate=0.0, beta1=0.0, grad_clip_norm=norm / 4))
    assert float(clipped.state()["exp_avg"].norm()) == pytest.approx(norm / 4, rel=1e-5)
    plain.optim_step(AdamParams(learning_rate=0.0, beta1=0.0, grad_clip_norm=norm * 4))
    assert float(plain.state()["exp_avg"].norm()) == pytest.approx(norm, rel=1e-5)


def test_adapters_begin_without_effect_and_follow_their_seed() -> None:
    """An untrained adapter leaves the base model's logprobs alone; seed and name decide the weights."""
    data = batch(0, 1, 16)
    full = model(rank=0).forward(data, "cross_entropy")
    assert model().forward(data, "cross_entropy").metrics == pytest.approx(full.metrics)
    digests = [
        TrainingModel(name, LoraConfig(rank=rank, seed=seed), "cpu").weights_digest()
        for name, rank, seed in (("m", 4, 1), ("m", 4, 1), ("m", 4, 2), ("m", 0, 1), ("n", 0, 1))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_alpha_scales_the_adapters() -> None:
    """Twice the alpha is twice the distance that the same adapters go from the base model."""
    strong = TrainingModel("byte-transformer", LoraConfig(rank=4, alpha=64.0), "cpu")
    weak = TrainingModel("byte-transformer", LoraConfig(rank=4, alpha=32.0), "cpu")
    for made in (strong, weak):
        made.forward_backward(batch(0, 1, 16), "cross_entropy")
    torch.testing.assert_close(flat(strong.gradients()), 2 * flat(weak.gradients()), rtol=1e-4, atol=1e-5)


def test_training_one_model_leaves_another_of_the_same_name_alone() -> None:
    """Base weights are shared in the process and never written, also not by full-parameter training."""
    before = model(rank=0).weights_digest()
    warmed(rank=0)
    assert model(rank=0).weights_digest() == before


@pytest.mark.parametrize(
    ("data", "loss_fn", "sentence"),
    [
        ([], "cross_entropy", "data is empty"),
        ([example(b"Alice", weights=[1.0])], "cross_entropy", r"weights has shape \[1\], but the input has 4 tokens"),
        ([example(b"Alice")], "ppo", r"data\[0\].loss_fn_inputs.logprobs is missing"),
        ([example(b"Alice", logprobs=[0.0] * 4)], "ppo", r"data\[0\].loss_fn_inputs.advantages is missing"),
        ([example(b"A", weights=[])], "cross_entropy", "has 0 tokens"),
        ([example(b"A" * 1026, weights=[1.0] * 1025)], "cross_entropy", "has 1025 tokens; between 1 and 1024 fit"),
        ([example(b"Alice", weights=[1.0] * 4)], "hinge", "there is no loss 'hinge'"),
    ],
)
def test_what_cannot_be_computed_is_refused_and_changes_nothing(data: list[Datum], loss_fn: str, sentence: str) -> None:
    """The refusal names the place, and nothing has accumulated."""
    made = model()
    with pytest.raises(OperationRefused, match=sentence):
        made.forward_backward(data, loss_fn)
    assert made.accumulated == 0
    assert not flat(made.gradients()).any()


def test_a_token_that_is_no_byte_is_refused() -> None:
    """The vocabulary is the 256 bytes."""
    datum = example(b"Alice", weights=[1.0] * 4)
    datum.model_input.chunks[0].tokens[2] = 256
    with pytest.raises(OperationRefused, match="tokens are bytes"):
        model().forward([datum], "cross_entropy")


def test_torch_is_settled_before_the_first_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread, an error for what would not repeat, and no time for filling memory that is written anyway."""
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    settle_torch()
    assert torch.get_num_threads() == 1
    assert torch.get_deterministic_debug_mode() == 2
    assert torch.utils.deterministic.fill_uninitialized_memory is False  # type: ignore[attr-defined]
    fused = torch.backends.cuda
    assert [fused.flash_sdp_enabled(), fused.mem_efficient_sdp_enabled(), fused.cudnn_sdp_enabled()] == [False] * 3
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_device_that_is_not_here_is_refused_with_what_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "auto" takes CUDA where there is one; a device that is named is taken as it is named."""
    for there, taken in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert (choose_device(), choose_device("auto"), choose_device("cpu")) == (taken, taken, "cpu")
    assert choose_device("cuda:1") == "cuda:1"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceMissing, match="device is cuda:1, but torch sees no CUDA device here; take cpu, or auto"):
        choose_device("cuda:1")


def test_the_same_calls_give_the_same_bytes() -> None:
    """Two models in one process, and a third in a fresh one with another hash seed, end bit for bit equal."""

    def trained() -> str:
        made = model()
        for step in range(3):
            made.forward_backward(batch(step, 2, 16), "cross_entropy")
            made.optim_step(PLAIN)
        return made.weights_digest()

    program = (
        "from gateway_sim.trainer_pod.engine import TrainingModel\n"
        "from gateway_sim.trainer_pod.text import batch\n"
        "made = TrainingModel('byte-transformer', {'rank': 4, 'seed': 7}, 'cpu')\n"
        "for step in range(3):\n"
        "    made.forward_backward(batch(step, 2, 16), 'cross_entropy')\n"
        "    made.optim_step({'learning_rate': 1e-2})\n"
        "print(made.weights_digest())\n"
    )
    surroundings = os.environ | {"PYTHONHASHSEED": "4"}
    elsewhere = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=surroundings)
    assert trained() == trained() == elsewhere.stdout.strip(), elsewhere.stderr


def test_a_batch_whose_loss_is_no_number_is_refused_and_leaves_no_gradient() -> None:
    """With the example that it is of, in either pass."""
    made = model()
    with torch.no_grad():
        made._network.weights.fill_(float("nan"))
    for run in (made.forward, made.forward_backward):
        with pytest.raises(OperationRefused, match=r"data\[0\]: the model's log-probabilities are not finite"):
            run(batch(0, 2, 16), "cross_entropy")
    assert made.accumulated == 0
    assert not flat(made.gradients()).any()
