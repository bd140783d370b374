"""What the gateway makes of the control plane's answer about a job."""

import asyncio
import json

import pytest

from gateway_sim.job_states import ControlPlaneStates
from gateway_sim.route_table import RouteKey
from gateway_sim.upstream import UpstreamFailure
from tests import clock


def liveness(upstream, key=None):
    """Ask where a job stands, and return the answer and the seconds it took."""

    async def story():
        states = ControlPlaneStates(upstream, "control:80", "key-gateway")
        return await states.liveness(key or RouteKey("acme", "job-1")), asyncio.get_running_loop().time()

    return clock.run(story())


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("RUNNING", "running"),
        ("CREATING", "starting"),
        ("PENDING", "starting"),
        ("PAUSED", "gone"),
        ("FAILED", "gone"),
        ("COMPLETED", "gone"),
        ("CANCELLED", "gone"),
        ("DELETED", "gone"),
    ],
)
def test_a_job_is_gone_only_where_no_pod_of_it_runs_or_will_run(lab, state, found):
    """A job that waits for its pod is on its way: a 404 for it would be final to the SDK."""
    lab.upstream.reply.script = [json.dumps({"state": f"JOB_STATE_{state}"}).encode()]
    assert liveness(lab.upstream) == (found, 0.0)
    assert lab.upstream.reply.closed


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (404, b"{}", "gone"),
        (500, b"{}", "unknown"),
        (401, b"{}", "unknown"),
        (200, b"<html>", "unknown"),
        (200, b"[]", "unknown"),
    ],
)
def test_only_a_404_proves_that_a_job_never_was(lab, status, body, found):
    """An error, or a page that is no job, says nothing about the job."""
    lab.upstream.reply.status, lab.upstream.reply.script = status, [body]
    assert liveness(lab.upstream)[0] == found


@pytest.mark.parametrize("kind", ["refused", "reset", "timeout"])
def test_a_control_plane_that_cannot_be_reached_is_unknown(lab, kind):
    """Silence is no evidence."""
    lab.upstream.fails = UpstreamFailure(kind)
    assert liveness(lab.upstream)[0] == "unknown"


def test_an_answer_that_takes_longer_than_two_seconds_is_not_waited_for():
    """The caller waits meanwhile."""

    class Slow:
        async def open(self, method, url, headers, body):
            """Answer in a minute."""
            await asyncio.sleep(60.0)

    assert liveness(Slow()) == ("unknown", 2.0)


def test_the_question_names_account_and_job_and_carries_the_gateways_own_key(lab):
    """Characters that mean something in a URL are escaped."""
    liveness(lab.upstream, RouteKey("acme", "a/b ?"))
    ((method, url, headers, body),) = lab.upstream.asked
    assert (method, url, body) == ("GET", "http://control:80/v1/accounts/acme/rlorTrainerJobs/a%2Fb%20%3F", b"")
    assert headers == {"x-api-key": "key-gateway"}
