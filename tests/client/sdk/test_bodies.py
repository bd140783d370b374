"""Between what callers hold and what the wire carries."""

import pytest

from gateway_sim.client.sdk.bodies import adam_params_body, datum_body, read, read_forward_backward, reweighted
from gateway_sim.trainer_pod.protocol import AdamParams, Datum, SaveWeightsResult


def test_a_model_and_its_mapping_are_one_body(batch):
    """A mapping is sent as it stands, a model as the JSON object of the protocol."""
    (mapping,) = batch
    assert datum_body(mapping) == datum_body(Datum.model_validate(mapping)) == mapping


def test_what_the_protocol_does_not_know_is_sent_as_json_too(batch):
    """The trainer refuses it by name; a tuple is a list there."""
    datum = Datum.model_validate({**batch[0], "tags": ("a", "b")})
    assert datum_body(datum) == {**batch[0], "tags": ["a", "b"]}


def test_only_the_parameters_of_adam_that_were_set_are_sent():
    """The trainer's own defaults stand for the rest."""
    assert adam_params_body(AdamParams(learning_rate=0.1)) == {"learning_rate": 0.1}
    assert adam_params_body({"learning_rate": 0.1, "beta1": 0.5}) == {"learning_rate": 0.1, "beta1": 0.5}


def test_a_datum_keeps_its_input_and_targets_under_new_weights(batch):
    """What else the loss was given is left out: a cross entropy needs no more."""
    (datum,) = batch
    body = reweighted(datum, [0.5, -1.0, 0.0])
    assert body["model_input"] == datum["model_input"]
    assert body["loss_fn_inputs"]["target_tokens"] == datum["loss_fn_inputs"]["target_tokens"]
    assert body["loss_fn_inputs"]["weights"] == {"data": [0.5, -1.0, 0.0], "dtype": "float32", "shape": [3]}
    assert datum["loss_fn_inputs"]["weights"]["data"] == [1.0, 1.0, 1.0]


def test_an_answer_of_another_kind_is_named_with_the_field_that_does_not_fit():
    """A ValueError, as the SDKs raise."""
    with pytest.raises(ValueError, match="this is no SaveWeightsResult: path: "):
        read(SaveWeightsResult, {"type": "save_weights"})


@pytest.mark.parametrize("name", ["loss", "loss:sum:mean"])
def test_a_metric_whose_name_says_no_reduction_is_refused(name):
    """tinker splits each name at its one colon."""
    body = {"loss_fn_output_type": "x", "loss_fn_outputs": [], "metrics": {name: 1.0}}
    with pytest.raises(ValueError, match=f"metric '{name}' is not of the form name:reduction"):
        read_forward_backward(body)
