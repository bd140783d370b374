"""A loss of the caller's own becomes weights whose cross entropy has the same gradient."""

import pytest
import torch

from gateway_sim.client.sdk.custom_loss import weights_of

LOGPROBS = [[-1.0, -2.0], [-0.5]]


def test_the_weights_are_minus_the_gradient_of_the_loss():
    """Of the squared sum over a datum's logprobs: -2 times that sum for each of its tokens."""

    def loss(data, logprobs):
        assert [tuple(values.shape) for values in logprobs] == [(2,), (1,)]
        return sum(values.sum() ** 2 for values in logprobs), {"tokens:sum": 3.0}

    weights, metrics = weights_of(loss, ["first", "second"], LOGPROBS)
    assert weights == [[6.0, 6.0], [1.0]]
    assert metrics == {"tokens:sum": 3.0}


def test_logprobs_that_arrive_as_whole_numbers_are_floats_for_the_loss():
    """JSON does not tell -1 from -1.0."""

    def loss(data, logprobs):
        assert logprobs[0].dtype is torch.float32
        return logprobs[0].sum(), {}

    assert weights_of(loss, [None], [[-1, -2]]) == ([[-1.0, -1.0]], {})


def test_a_cross_entropy_under_these_weights_moves_as_the_loss_does():
    """The gradient of minus the sum of logprob times weight is that of the caller's loss."""

    def loss(data, logprobs):
        return torch.exp(logprobs[0]).sum() + 3.0 * logprobs[1].sum(), {}

    weights, _ = weights_of(loss, [None, None], LOGPROBS)
    leaves = [torch.tensor(values, requires_grad=True) for values in LOGPROBS]
    loss(None, leaves)[0].backward()
    for leaf, row in zip(leaves, weights, strict=True):
        assert row == pytest.approx([-gradient for gradient in leaf.grad.tolist()])


def test_a_loss_that_does_not_depend_on_a_datum_is_refused_by_its_number():
    """As tinker does."""
    with pytest.raises(ValueError, match="does not depend on the logprobs of datum 1"):
        weights_of(lambda data, logprobs: (logprobs[0].sum(), {}), [None, None], LOGPROBS)
