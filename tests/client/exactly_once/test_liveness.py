"""Where a job stands against the one a client trains: the table in the docstring of `standing`, row by row."""

import pytest

from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness, is_forgotten, liveness_of
from gateway_sim.client.job_manager import JobStatus
from gateway_sim.client.sdk.failures import Failure
from tests.docstring_tables import rows

TRAINED = JobIdentity("acme/job-1#1", 2)


def status(word="RUNNING", incarnation=2, uid="acme/job-1#1"):
    """Return an answer of the control plane."""
    return JobStatus("acme", "job-1", f"JOB_STATE_{word}", "", incarnation, uid)


EXAMPLES = {
    "does not answer": [None],
    "has another job under this name": [status(uid="acme/job-1#2"), status("PENDING", 3, "acme/job-1#2")],
    "RUNNING, the incarnation that we train": [status(), status(incarnation=0), status(uid="")],
    "RUNNING, another incarnation": [status(incarnation=3), status(incarnation=1)],
    "PENDING or CREATING": [status("PENDING", 3), status("CREATING", 3)],
    "any other state": [status(word) for word in ("DELETED", "FAILED", "PAUSED", "CANCELLED", "COMPLETED", "ODD")],
}


@pytest.mark.parametrize(("told", "then", "because"), rows(liveness_of))
def test_each_row_of_the_table_holds(told, then, because):
    """Silence is no evidence, another job under the name is not ours, and a queued job will run again."""
    assert {liveness_of(example, TRAINED).name for example in EXAMPLES[told]} == {then}
    assert because


def test_the_table_has_a_row_for_every_example():
    """A row that is taken out of the docstring is missed here."""
    assert {told for told, *_ in rows(liveness_of)} == set(EXAMPLES)


def test_a_client_that_does_not_know_its_incarnation_takes_the_running_one_for_its_own():
    """A control plane that numbers no starts says 0."""
    assert liveness_of(status(incarnation=7), JobIdentity("", 0)) is JobLiveness.ALIVE


@pytest.mark.parametrize(
    ("status", "kind", "lost"),
    [
        (404, "unknown-session", True), (404, "unknown-model", True), (404, "unknown-request", True),
        (404, "route-not-found", False), (503, "unknown-model", False),
    ],
)  # fmt: skip
def test_a_pod_that_denies_what_it_gave_out_has_lost_its_memory(status, kind, lost):
    """A gateway's 404 says nothing about the pod."""
    body = f'{{"type":"urn:gateway-sim:{kind}","title":"Unknown"}}'
    assert is_forgotten(Failure("dispatch", status, "status", body=body)) is lost
