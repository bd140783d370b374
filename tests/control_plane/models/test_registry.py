"""The registry holds its versions, and moves a tag and deploys under conditions that travel with the writes."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from gateway_sim.control_plane.events import DeployRefused, TagMoved, TagMoveRefused, VersionDeployed
from gateway_sim.control_plane.models.promotion import Deployment, Version
from gateway_sim.control_plane.models.registry import DeployFenced, Registry, TagWasMoved, UnknownVersion
from gateway_sim.route_table import dynamodb_client

EVENTS: list[object] = []


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Give a registry of three versions in a table of moto's."""
    EVENTS.clear()
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="registry-tests",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made = Registry(client, "registry-tests", "ranker", emit=EVENTS.append)
        for number, score in ((1, 0.5), (2, 0.9), (10, 0.7)):
            made.register(Version(number, f"sha256:{number}", score))
        yield made
        client.delete_table(TableName="registry-tests")


def test_an_unknown_version_is_refused_by_name_and_nothing_stays(registry: Registry) -> None:
    """The sentence says which there are; neither tag nor deployment came to be."""
    with pytest.raises(UnknownVersion, match="there is no version 9 of ranker; there are: 1, 2, 10"):
        registry.move_tag(9, None)
    with pytest.raises(UnknownVersion, match="there is no version 1 of empty; there are: none"):
        Registry(dynamodb_client(None), "registry-tests", "empty", emit=EVENTS.append).move_tag(1, None)
    assert registry.tag() is None
    assert registry.deployed() is None


def test_an_unknown_version_leaves_the_tag_that_stands(registry: Registry) -> None:
    """Locked or not."""
    standing = registry.move_tag(1, None)
    for locked in (True, False):
        with pytest.raises(UnknownVersion):
            registry.move_tag(9, standing, locked=locked)
    assert registry.tag() == standing


def test_the_lock_lets_the_first_of_two_through(registry: Registry) -> None:
    """Both read the same tag; the second must read again."""
    registry.move_tag(1, None)
    read = registry.tag()
    registry.move_tag(2, read)
    with pytest.raises(TagWasMoved, match="the tag of ranker was moved; version 10 was not promoted"):
        registry.move_tag(10, read)
    assert registry.tag() is not None
    assert registry.tag().version == 2  # type: ignore[union-attr]
    assert EVENTS[-1] == TagMoveRefused("ranker", 10, 1)


def test_without_the_lock_the_second_has_the_last_word(registry: Registry) -> None:
    """Though it is the worse of the two."""
    registry.move_tag(1, None)
    read = registry.tag()
    registry.move_tag(2, read, locked=False)
    registry.move_tag(10, read, locked=False)
    assert EVENTS[-1] == TagMoved("ranker", 10, 3)


def test_the_fence_refuses_what_comes_late(registry: Registry) -> None:
    """Also the same deploy a second time."""
    first = registry.move_tag(1, None)
    second = registry.move_tag(2, first)
    registry.deploy(second)
    for late in (first, second):
        with pytest.raises(
            DeployFenced, match=f"deploy {late.token} of ranker came after deploy 2; it changed nothing"
        ):
            registry.deploy(late)
    assert registry.deployed() == Deployment(2, 2)
    assert EVENTS[-2] == DeployRefused("ranker", 1, 1, 2)


def test_without_the_fence_the_slower_deploy_has_the_last_word(registry: Registry) -> None:
    """The tag names version 2, and version 1 serves."""
    first = registry.move_tag(1, None)
    second = registry.move_tag(2, first)
    registry.deploy(second, fenced=False)
    registry.deploy(first, fenced=False)
    assert registry.deployed() == Deployment(1, 1)
    assert EVENTS[-1] == VersionDeployed("ranker", 1, 1)


def test_a_version_that_is_there_stays_as_it_is(registry: Registry) -> None:
    """A second registration changes neither its digest nor its score."""
    told = len(EVENTS)
    registry.register(Version(2, "sha256:other", 0.1))
    assert registry.move_tag(2, None).score == 0.9
    assert len(EVENTS) == told + 1


def test_versions_over_several_pages_are_all_named(registry: Registry) -> None:
    """300 versions of about 4 KB are 1.2 MB: a scan answers the first 1 MB of them."""
    for number in range(11, 308):
        registry.register(Version(number, f"sha256:{number}-{'x' * 4000}", 0.1))
    page = dynamodb_client(None).scan(TableName="registry-tests", ConsistentRead=True)
    assert len(page["Items"]) < 300
    with pytest.raises(UnknownVersion, match="there is no version 9 of ranker") as refused:
        registry.move_tag(9, None)
    assert str(refused.value).partition("there are: ")[2].split(", ") == ["1", "2", *map(str, range(10, 308))]
