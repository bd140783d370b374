"""A pipeline runs in the image that it adopted, which is one that makes the same of its golden batch."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.models.adoption import Adoption, NotAdopted, UpgradeRefused
from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.route_table import dynamodb_client

TAG = "runtime:latest"


@pytest.fixture
def images():
    """Give a registry of images and a pipeline, in one table."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="models",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        images = Environments(client, "models", emit=lambda event: None)
        yield images, Adoption(client, "models", "features", images)
        client.delete_table(TableName="models")


def golden(images):
    """Return the golden batch of a pipeline that divides by its image's number, rounded."""
    return lambda digest: str(round(10 / int(images.content("runtime", digest)), 0))


def test_an_adopted_digest_does_not_move_with_its_tag(images):
    """Until the tag is adopted again."""
    registry, pipeline = images
    first = registry.push(TAG, "2")
    assert pipeline.adopt(TAG) == first
    second = registry.push(TAG, "5")
    assert pipeline.digest() == first
    pipeline.adopt(TAG)
    assert pipeline.digest() == second


def test_an_image_that_makes_the_same_of_the_golden_batch_is_adopted_and_no_other_is(images):
    """One that fails says with what; what is adopted stays."""
    registry, pipeline = images
    registry.push(TAG, "7")
    pipeline.adopt(TAG, golden(registry))
    alike = registry.push(TAG, "8")
    assert pipeline.adopt(TAG, golden(registry)) == alike
    registry.push(TAG, "2")
    with pytest.raises(UpgradeRefused, match="features makes something else of its golden batch in sha256:"):
        pipeline.adopt(TAG, golden(registry))
    broken = registry.push(TAG, "0")
    # sha256: and twelve digits, as docker prints a digest
    with pytest.raises(UpgradeRefused, match=f"features fails in {broken[:19]}: division by zero"):
        pipeline.adopt(TAG, golden(registry))
    assert pipeline.digest() == alike


def test_a_golden_batch_is_compared_with_the_last_one_that_was_made(images):
    """An image that was adopted without one says nothing of it, and is no reason to refuse the next."""
    registry, pipeline = images
    registry.push(TAG, "7")
    pipeline.adopt(TAG)
    assert pipeline.adopt(TAG, golden(registry)) == pipeline.digest()
    registry.push(TAG, "2")
    pipeline.adopt(TAG)
    with pytest.raises(UpgradeRefused, match="makes something else of its golden batch"):
        pipeline.adopt(TAG, golden(registry))


def test_a_pipeline_without_an_adopted_image_is_named(images):
    """It has no digest to run in."""
    with pytest.raises(NotAdopted, match="the pipeline features has adopted no image"):
        images[1].digest()
