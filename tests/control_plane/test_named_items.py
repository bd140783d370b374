"""Items by name: conditions travel with the write, and a scan reads every page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway_sim.control_plane.named_items import NamedItems


class Pages:
    """A client whose scan has two pages, and which notes how it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def get_paginator(self, operation: str) -> Pages:
        """Return the paginator of a scan."""
        assert operation == "scan"
        return self

    def paginate(self, **asked: object) -> Iterator[dict[str, object]]:
        """Yield two pages."""
        self.asked.append(asked)
        for names in (("rides/1", "rides-2/1"), ("rides/2",)):
            yield {"Items": [{"name": {"S": name}} for name in names]}


class Refusing:
    """A client that refuses every conditional write."""

    class exceptions:
        """Where boto3's clients keep theirs."""

        ConditionalCheckFailedException = KeyError

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def put_item(self, **asked: object) -> None:
        """Note the write, and refuse it if it has a condition."""
        self.asked.append(asked)
        if "ConditionExpression" in asked:
            raise KeyError


def test_every_page_is_read_strongly_and_a_prefix_is_not_a_part_of_a_name() -> None:
    """The second page counts too; `rides-2` is another table than `rides`."""
    client = Pages()
    assert [item["name"]["S"] for item in NamedItems(client, "t").below("rides/")] == ["rides/1", "rides/2"]
    assert client.asked == [{"TableName": "t", "ConsistentRead": True}]


@pytest.mark.parametrize(
    ("condition", "names"),
    [("attribute_not_exists(#name)", {"#name": "name"}), ("#token < :token", {"#token": "token"})],
)
def test_a_condition_names_the_attributes_that_it_uses(condition: str, names: dict[str, str]) -> None:
    """DynamoDB refuses names that the expression does not use. A condition that does not hold is False."""
    client = Refusing()
    assert not NamedItems(client, "t").put("tag", {"token": {"N": "2"}}, condition)
    assert client.asked[0]["ExpressionAttributeNames"] == names
    assert NamedItems(client, "t").put("tag", {"token": {"N": "2"}})


class Kept:
    """A client with one item, which notes how it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def get_item(self, **asked: object) -> dict[str, object]:
        """Return the item `tag`; another name has none."""
        self.asked.append(asked)
        return {"Item": {"name": {"S": "tag"}}} if asked["Key"] == {"name": {"S": "tag"}} else {}


def test_one_item_is_read_strongly() -> None:
    """A stale read could miss what the same process has just written."""
    client = Kept()
    items = NamedItems(client, "t")
    assert items.get("tag") == {"name": {"S": "tag"}}
    assert items.get("other") is None
    assert client.asked[0] == {"TableName": "t", "Key": {"name": {"S": "tag"}}, "ConsistentRead": True}
