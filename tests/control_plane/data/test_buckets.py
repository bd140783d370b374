"""What S3 promises is asked of S3: a key is taken once, and what was overwritten is still there."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.buckets import Bucket, NoSuchObject, s3_client


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Give a bucket that moto keeps."""
    with mock_aws():
        made = Bucket(s3_client(), "things")
        made.create()
        yield made


def test_a_key_is_taken_once(bucket: Bucket) -> None:
    """The second put changes nothing and is told so."""
    assert bucket.put_once("a/COMMIT", b"first")
    assert not bucket.put_once("a/COMMIT", b"second")
    assert bucket.get("a/COMMIT") == b"first"
    assert bucket.keys("a/") == ["a/COMMIT"]


def test_what_was_overwritten_is_read_by_its_version(bucket: Bucket) -> None:
    """By the VersionId that its put returned."""
    first, second = bucket.put("rides", b"1"), bucket.put("rides", b"2")
    assert bucket.get("rides") == b"2"
    assert [bucket.get("rides", version) for version in (first, second)] == [b"1", b"2"]


def test_what_is_not_there_is_named(bucket: Bucket) -> None:
    """With its bucket, and with its version where one was asked for."""
    with pytest.raises(NoSuchObject, match="bucket things has no object 'rides'"):
        bucket.get("rides")
    bucket.put("rides", b"1")
    with pytest.raises(NoSuchObject, match="bucket things has no object 'rides' in version 7"):
        bucket.get("rides", "7")


def test_an_object_is_replaced_by_the_one_who_read_it_last(bucket: Bucket) -> None:
    """A second writer with the same ETag changes nothing, and neither does one of an object that is not there."""
    bucket.put("latest", b"1")
    body, etag = bucket.read("latest")
    assert body == b"1"
    newer = bucket.replace("latest", b"2", etag)
    assert newer is not None
    assert bucket.replace("latest", b"3", etag) is None
    assert bucket.read("latest") == (b"2", newer)
    assert bucket.replace("other", b"1", etag) is None
    assert bucket.keys("") == ["latest"]


def test_an_object_with_the_old_content_again_has_not_the_old_etag_by_chance(bucket: Bucket) -> None:
    """An ETag is a digest of the content: a writer must change it, or a fence that compares it lets the old one by."""
    bucket.put("latest", b"1")
    _, etag = bucket.read("latest")
    bucket.put("latest", b"1")
    assert bucket.read("latest")[1] == etag


def test_a_listing_of_more_than_a_page_is_whole(bucket: Bucket) -> None:
    """S3 answers at most 1,000 keys at once."""
    for n in range(1005):
        bucket.put(f"saves/{n:04d}", b"")
    page = s3_client().list_objects_v2(Bucket="things", Prefix="saves/")
    assert (len(page["Contents"]), page["IsTruncated"]) == (1000, True)
    assert bucket.keys("saves/") == [f"saves/{n:04d}" for n in range(1005)]


def test_a_key_that_was_deleted_can_be_taken_again(bucket: Bucket) -> None:
    """And one that has no object stays as it is."""
    bucket.put_once("a/COMMIT", b"first")
    bucket.delete("a/COMMIT")
    bucket.delete("b/COMMIT")
    assert bucket.keys("") == []
    assert bucket.put_once("a/COMMIT", b"second")
    assert bucket.get("a/COMMIT") == b"second"


def test_neither_a_write_nor_a_read_asks_for_a_checksum(bucket: Bucket) -> None:
    """botocore would take as long for them as for all the rest of a request that moto answers in the process."""
    asked: list[str] = []

    def called(params: dict[str, dict[str, str]], **_: object) -> None:
        asked.extend(name for name in map(str.lower, params["headers"]) if "checksum" in name)

    events = s3_client().meta.events
    events.register("before-call.s3", called)
    try:
        bucket.put("rides", b"1")
        assert bucket.get("rides") == b"1"
    finally:
        events.unregister("before-call.s3", called)
    assert asked == []
