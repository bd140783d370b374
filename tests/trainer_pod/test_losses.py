"""Each loss against a formula of its own, in numpy, and its gradient against differences."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from gateway_sim.trainer_pod.losses import LOSSES, UNDEFINED, loss_named, not_finite
from gateway_sim.trainer_pod.refusals import OperationRefused

Array = np.ndarray
NOW = np.array([-0.1, -1.0, -2.0, -0.5, -3.0, -0.7])
SAMPLED = np.array([-0.9, -1.0, -1.2, -0.6, -2.0, -0.71])
ADVANTAGES = np.array([1.0, -2.0, 0.5, -1.0, -0.3, 0.0])
WEIGHTS = np.array([1.0, 0.0, -2.0, 0.5, 1.0, 1.0])


def ppo(now: Array, low: float = 0.8, high: float = 1.2) -> float:
    """The smaller of the ratio's gain and the clipped ratio's, token by token."""
    total = 0.0
    for new, old, gain in zip(now, SAMPLED, ADVANTAGES, strict=True):
        ratio = np.exp(new - old)
        total -= min(ratio * gain, min(max(ratio, low), high) * gain)
    return total


FORMULAS: dict[str, Callable[[Array], float]] = {
    "cross_entropy": lambda now: -np.dot(now, WEIGHTS),
    "importance_sampling": lambda now: -np.dot(np.exp(now - SAMPLED), ADVANTAGES),
    "ppo": ppo,
    # the ratio counts as a constant, so it is taken at NOW and not where the formula is asked
    "cispo": lambda now: -np.dot(np.clip(np.exp(NOW - SAMPLED), 0.8, 1.2) * now, ADVANTAGES),
    "dro": lambda now: -np.dot(now, ADVANTAGES) + 0.025 * np.sum((now - SAMPLED) ** 2),
}


def inputs() -> dict[str, torch.Tensor]:
    """Return every field that some loss needs, in double precision."""
    named = {"weights": WEIGHTS, "logprobs": SAMPLED, "advantages": ADVANTAGES}
    return {name: torch.tensor(values, dtype=torch.float64) for name, values in named.items()}


def test_each_named_loss_has_a_formula_here() -> None:
    """A loss that is added without a test is noticed."""
    assert set(LOSSES) == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_loss_and_its_gradient_are_those_of_the_formula(name: str) -> None:
    """Value and gradient agree with numpy and with central differences."""
    logprobs = torch.tensor(NOW, dtype=torch.float64, requires_grad=True)
    value = LOSSES[name](logprobs, inputs(), {})
    value.backward()
    formula, width = FORMULAS[name], 1e-6
    bumps = np.eye(len(NOW)) * width
    differences = [(formula(NOW + bump) - formula(NOW - bump)) / (2 * width) for bump in bumps]
    assert value.item() == pytest.approx(formula(NOW))
    assert logprobs.grad is not None
    np.testing.assert_allclose(logprobs.grad.numpy(), differences, rtol=1e-6, atol=1e-8)


def test_settings_move_the_clip_and_the_penalty() -> None:
    """Wider thresholds give PPO its unclipped value, and beta 0 takes DRO's penalty away."""
    logprobs = torch.tensor(NOW, dtype=torch.float64)
    wide = LOSSES["ppo"](logprobs, inputs(), {"clip_low_threshold": 0.0, "clip_high_threshold": 100.0})
    assert wide.item() == pytest.approx(FORMULAS["importance_sampling"](NOW))
    assert LOSSES["dro"](logprobs, inputs(), {"beta": 0.0}).item() == pytest.approx(-np.dot(NOW, ADVANTAGES))


def test_ppo_pulls_no_token_beyond_its_clip() -> None:
    """A token whose ratio left the clip in the direction of its gain has no gradient any more."""
    logprobs = torch.tensor(NOW, dtype=torch.float64, requires_grad=True)
    LOSSES["ppo"](logprobs, inputs(), {}).backward()
    assert logprobs.grad is not None
    assert logprobs.grad[0] == 0
    assert logprobs.grad[1] != 0


def test_an_unknown_loss_or_setting_is_refused_with_the_known_ones() -> None:
    """The refusal says what there is instead."""
    with pytest.raises(OperationRefused, match="no loss 'crossentropy'; there are cross_entropy, "):
        loss_named("crossentropy", {})
    with pytest.raises(OperationRefused, match="'ppo' has no setting 'beta'; its settings: clip_low_threshold"):
        loss_named("ppo", {"beta": 1.0})


@pytest.mark.parametrize("name", UNDEFINED)
def test_a_loss_without_a_published_formula_is_refused_by_its_name(name: str) -> None:
    """A formula of ours under a name of theirs would be taken for theirs."""
    assert name not in LOSSES
    with pytest.raises(OperationRefused, match=f"the loss '{name}' is not computed here: .* forward_backward_custom"):
        loss_named(name, {})


def test_only_cross_entropy_takes_several_targets_a_token() -> None:
    """A distillation sums over a teacher's tokens; a policy has one token that was sampled."""
    assert [name for name, loss in LOSSES.items() if loss.wide] == ["cross_entropy"]


@pytest.mark.parametrize(
    ("name", "settings", "defaults"),
    [
        ("cross_entropy", {}, {"weights": 1.0}),
        ("importance_sampling", {}, {}),
        ("ppo", {}, {"clip_low_threshold": 0.8, "clip_high_threshold": 1.2}),
        ("cispo", {"clip_low_threshold": 0.5}, {"clip_low_threshold": 0.5, "clip_high_threshold": 1.2}),
        ("dro", {"beta": 0.1}, {}),
    ],
)
def test_a_token_without_a_field_of_its_own_has_the_setting(
    name: str, settings: dict[str, float], defaults: dict[str, float]
) -> None:
    """Where another example of the batch has the field."""
    assert LOSSES[name].defaults(settings) == defaults


def test_the_example_whose_loss_is_no_number_is_the_one_that_is_named() -> None:
    """By its own values: the second of two examples of unequal length."""
    logprobs = torch.tensor([-1.0, -2.0, -0.5, -3.0])
    fields = {"logprobs": torch.tensor([-1.0, -2.0, -0.5, -200.0]), "advantages": torch.ones(4)}
    told = not_finite("importance_sampling", logprobs, fields, {}, [3, 1])
    assert told == (
        "data[1]: the loss 'importance_sampling' is -inf; the model's log-probabilities are from -3 to -3, "
        "those in its loss_fn_inputs are too far from them"
    )
    sound = not_finite("importance_sampling", logprobs, {**fields, "logprobs": logprobs}, {}, [2, 2])
    assert sound == "the loss 'importance_sampling' of the whole batch is not finite, though that of each example is"
