"""An artifact has its run's own path, and is written once."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.buckets import Bucket, NoSuchObject, s3_client
from gateway_sim.control_plane.models.artifacts import Artifacts


@pytest.fixture
def bucket():
    """Give a bucket of moto's."""
    with mock_aws():
        bucket = Bucket(s3_client(), "artifacts")
        bucket.create()
        yield bucket


def test_each_run_has_its_own_artifact(bucket):
    """A run that stored none has none."""
    artifacts = Artifacts(bucket, "churn")
    assert artifacts.store("run-1", b"one")
    assert artifacts.store("run-2", b"two")
    assert [artifacts.load(run) for run in ("run-1", "run-2")] == [b"one", b"two"]
    with pytest.raises(NoSuchObject, match="churn/run-3/model"):
        artifacts.load("run-3")


def test_the_second_of_a_run_is_refused_and_the_first_stays(bucket):
    """Whatever it is."""
    artifacts = Artifacts(bucket, "churn")
    artifacts.store("run-1", b"one")
    assert not artifacts.store("run-1", b"late")
    assert artifacts.load("run-1") == b"one"


def test_without_the_condition_the_last_one_stays(bucket):
    """And on a shared path the last one of all runs."""
    unconditional = Artifacts(bucket, "churn", once=False)
    assert unconditional.store("run-1", b"one")
    assert unconditional.store("run-1", b"late")
    assert unconditional.load("run-1") == b"late"
    shared = Artifacts(bucket, "shared", by_run=False)
    assert shared.store("run-1", b"one")
    assert not shared.store("run-2", b"two")
    assert shared.load("run-2") == b"one"
