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
