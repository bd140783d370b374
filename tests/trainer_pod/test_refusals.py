"""What a pod refuses says by its status what a caller does next, and in a sentence why."""

import pytest

from gateway_sim.trainer_pod.refusals import (
    CheckpointRefused,
    OperationRefused,
    Problem,
    finished,
    malformed,
    misdirected,
    not_ready,
)


@pytest.mark.parametrize(
    ("problem", "status", "kind"),
    [
        (not_ready("COLD"), 503, "pod-not-ready"),
        (misdirected("a", "b"), 421, "misdirected-request"),
        (finished("session-1-1", "success"), 410, "session-finished"),
        (malformed("seq_id: missing"), 400, "malformed-body"),
    ],
)
def test_each_refusal_has_the_status_that_the_sdks_act_on(problem: Problem, status: int, kind: str) -> None:
    """A 410 ends a heartbeat, a 421 and a 503 are tried again, a 400 is not; the body repeats the status."""
    body = problem.body()
    assert (problem.status, body["status"], body["type"]) == (status, status, f"urn:gateway-sim:{kind}")
    assert body["detail"] == str(problem) == problem.detail
    assert body["title"] == problem.title != ""


def test_a_refusal_names_what_was_asked_and_what_is_here() -> None:
    """In the detail, which is a sentence about this request."""
    assert misdirected("acme/alice@2", "acme/alice@1").detail == (
        "the request is for 'acme/alice@2', and this pod is 'acme/alice@1'"
    )
    assert finished("session-1-1", "success").detail == "session 'session-1-1' was finished by its client (success)"
    assert not_ready("DRAINING").detail == "the trainer pod is DRAINING, not READY"


def test_a_refused_checkpoint_is_a_refused_operation() -> None:
    """Its caller can correct both."""
    assert issubclass(CheckpointRefused, OperationRefused)
