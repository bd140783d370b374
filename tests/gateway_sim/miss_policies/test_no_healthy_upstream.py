"""Say that a job has no pod in Envoy's words."""

import pytest

from gateway_sim.miss_policies.no_healthy_upstream import NoHealthyUpstream
from gateway_sim.replicas import Fresh
from gateway_sim.route_table import Route
from tests.gateway_sim.miss_policies.misses import LEGS, miss, route


@pytest.mark.parametrize("leg", LEGS)
def test_a_job_whose_pod_is_on_its_way_has_no_healthy_upstream(leg):
    """Also one of which the caller knows a newer generation."""
    for seen in (route("PENDING", 2), route("READY")):
        answer = NoHealthyUpstream().on_miss(miss(leg, seen=seen, at_least=2))
        assert (answer.status, answer.slug, answer.text, answer.headers) == (
            503, "no-healthy-upstream", "no healthy upstream", {},
        )  # fmt: skip


@pytest.mark.parametrize("seen", [None, route("TOMBSTONE")], ids=["nothing", "tombstone"])
def test_a_job_that_is_not_seen_has_no_route(seen):
    """Whether it is unknown, deleted, or late on this replica."""
    assert NoHealthyUpstream().on_miss(miss(seen=seen)).status == 404


def test_the_body_is_envoys(lab):
    """In plain text, and not to be cached, as every answer of a gateway."""
    lab.policy, lab.views = NoHealthyUpstream(), [Fresh()]
    lab.routes = [(0.0, Route("acme", "job-1", 4, "PENDING", ""))]
    answer = lab.ask()
    assert (answer.status, answer.body) == (503, b"no healthy upstream")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/plain", "no-store")
