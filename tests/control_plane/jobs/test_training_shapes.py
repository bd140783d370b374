"""Training shapes: one for each base model that pods name, for every account, checked before a job is made."""

import pytest

from gateway_sim.control_plane.jobs.training_shapes import (
    CONTEXTS,
    OWNER,
    NoSuchShape,
    UnfitShape,
    check_shape,
    version_of,
)
from gateway_sim.trainer_pod.catalog import Catalog

SHAPE = "accounts/gateway-sim/trainingShapes/bytes-32"


def test_there_is_a_shape_for_each_model_of_a_pod_with_its_context(tmp_path):
    """What `get_server_capabilities` of a pod names, and no other."""
    models = Catalog(str(tmp_path), "acme", "job-1", {}).capabilities().supported_models
    assert {f"{OWNER}/{name}": n for name, n in CONTEXTS.items()} == {
        model.model_name: model.max_context_length for model in models
    }
    for model in models:
        snapshot = version_of(*model.model_name.split("/"))["snapshot"]
        assert snapshot["baseModel"] == model.model_name
        assert snapshot["maxSupportedContextLength"] == model.max_context_length


@pytest.mark.parametrize("asked", [SHAPE, f"{SHAPE}/versions/1"])
@pytest.mark.parametrize("model", ["gateway-sim/bytes-32", None])
def test_a_job_takes_the_shape_of_its_base_model(asked, model):
    """With or without the version; a job that names no model takes any."""
    check_shape(asked, model)


@pytest.mark.parametrize(
    ("asked", "model", "error", "words"),
    [
        (SHAPE, "gateway-sim/bytes-64", UnfitShape, "is for gateway-sim/bytes-32, not for gateway-sim/bytes-64"),
        (f"{SHAPE}/versions/2", None, NoSuchShape, "there is no .*bytes-32/versions/2; there are accounts/gateway-sim"),
        (SHAPE.replace("gateway-sim", "acme"), None, NoSuchShape, "there is no accounts/acme/trainingShapes/bytes-32"),
        ("accounts/gateway-sim/trainingShapes/b", None, NoSuchShape, "there is no .*/trainingShapes/b/versions/1"),
        ("bytes-32", None, NoSuchShape, "not of the form accounts/OWNER/trainingShapes/SHAPE"),
    ],
)
def test_another_shape_is_refused_with_those_there_are(asked, model, error, words):
    """Before a job is made."""
    with pytest.raises(error, match=words):
        check_shape(asked, model)


def test_a_version_is_what_the_sdk_reads_of_it():
    """A validated LoRA trainer of one node without an accelerator (docs/reference/protocol.md §3)."""
    assert version_of("gateway-sim", "bytes-32") == {
        "name": f"{SHAPE}/versions/1",
        "validated": True,
        "latestValidated": True,
        "snapshot": {
            "baseModel": "gateway-sim/bytes-32",
            "trainerMode": "LORA_TRAINER",
            "maxSupportedContextLength": 1024,
            "nodeCount": 1,
            "acceleratorType": "ACCELERATOR_TYPE_UNSPECIFIED",
            "acceleratorCount": 0,
            "trainerShardingScheme": {"pipelineParallelism": 1},
        },
    }
