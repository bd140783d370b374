"""Tags move and digests stay, and an image that was never pushed is named."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.control_plane.models.environments import Environments, UnknownImage
from gateway_sim.route_table import dynamodb_client


@pytest.fixture
def told():
    """Give the list of what the registry emitted."""
    return []


@pytest.fixture
def images(told):
    """Give a registry of images in a table of moto's."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="images",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Environments(client, "images", emit=told.append)
        client.delete_table(TableName="images")


def test_a_tag_means_what_was_pushed_last_and_a_digest_means_one_thing(images, told):
    """Also of an image that no tag means any more."""
    old = images.push("trainer:latest", "resize")
    new = images.push("trainer:latest", "resize otherwise")
    assert images.resolve("trainer:latest") == new != old
    assert images.resolve(f"trainer@{old}") == old
    assert images.content("trainer", old) == "resize"
    assert told == [ImageTagged("trainer:latest", old), ImageTagged("trainer:latest", new)]


@pytest.mark.parametrize("reference", ["trainer:latst", "trainer@sha256:none", "other:latest"])
def test_an_image_that_was_never_pushed_is_named(images, reference):
    """By the reference as it was typed."""
    images.push("trainer:latest", "resize")
    with pytest.raises(UnknownImage, match=f"there is no image '{reference}'"):
        images.resolve(reference)
