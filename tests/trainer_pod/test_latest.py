"""The newest writer of a job moves `latest`; an earlier one, whatever it checked, does not."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.buckets import Bucket, s3_client
from gateway_sim.trainer_pod.latest import Latest, Pointed, WriterFenced


@pytest.fixture
def writers() -> Iterator[tuple[Latest, Latest]]:
    """Give two writers of one job; none has begun."""
    with mock_aws():
        bucket = Bucket(s3_client(), "checkpoints")
        bucket.create()
        yield Latest(bucket, "acme/job-1/latest"), Latest(bucket, "acme/job-1/latest")


def test_a_writer_moves_what_its_successor_resumes_from(writers: tuple[Latest, Latest]) -> None:
    """As often as it likes."""
    old, new = writers
    assert old.read() is None
    assert old.take_over() == ""
    old.move("step-2")
    old.move("step-4")
    assert new.take_over() == "step-4"
    assert (old.writer, new.writer) == (1, 2)
    assert new.read() == Pointed("step-4", 2)


def test_an_earlier_writer_is_fenced_from_the_takeover_on(writers: tuple[Latest, Latest]) -> None:
    """Before the successor has written a checkpoint, too; the successor's move goes through."""
    old, new = writers
    old.take_over()
    old.move("step-2")
    new.take_over()
    with pytest.raises(WriterFenced, match="writer 1 does not move acme/job-1/latest to step-4: another one took over"):
        old.move("step-4")
    new.move("step-4")
    with pytest.raises(WriterFenced):
        old.move("step-4")
    assert new.read() == Pointed("step-4", 2)


def test_a_check_before_an_unconditional_move_lets_an_earlier_writer_by(writers: tuple[Latest, Latest]) -> None:
    """The failure that the condition prevents: the takeover comes between check and move."""
    old, new = writers
    old.take_over()
    assert old.is_newest()
    new.take_over()
    new.move("step-8")
    assert not old.is_newest()
    old.move("step-2", fenced=False)
    assert new.read() == Pointed("step-2", 1)


def test_two_that_take_over_at_once_are_one_after_the_other(
    writers: tuple[Latest, Latest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one reads again."""
    one, other = writers
    one.take_over()
    read, first = Bucket.read, []

    def read_and_be_overtaken(bucket: Bucket, key: str) -> tuple[bytes, str]:
        found = read(bucket, key)
        if not first:
            first.append(key)
            one.take_over()
        return found

    monkeypatch.setattr(Bucket, "read", read_and_be_overtaken)
    other.take_over()
    assert (one.writer, other.writer) == (2, 3)
