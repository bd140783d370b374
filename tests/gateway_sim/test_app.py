"""Health and admin: what an operator asks, and the views that are set while the gateway runs."""

import inspect
import json
import random
from dataclasses import fields, is_dataclass

import pytest

from gateway_sim import events
from gateway_sim.admission import Admission, AdmissionRule
from gateway_sim.app import DEFAULT_MAX_BODY_BYTES, Gateway
from gateway_sim.balancer import PerConnection, RoundRobin
from gateway_sim.endpoints import Ejection
from gateway_sim.events import AdmissionRefused, EndpointEjected, RequestRepeated, ViewChanged
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from gateway_sim.repeats import RepeatRule, Repeats
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.upstream import UpstreamFailure
from tests import clock

TRAINER = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/get_info"

FRESH = {"name": "gw-0", "view": {"kind": "fresh"}}


@pytest.fixture
def calls(lab):
    """Give a function that sends requests to one gateway, in order, and returns (status, body) of each."""
    gateway = lab.gateway()

    def story(*requests):
        async def play():
            answers = []
            for method, path, body in requests:
                sent = [json.dumps(body).encode() if body is not None else b""]
                answer = await lab.send(
                    gateway, path, method=method, body=sent, headers={"content-type": "application/json"}
                )
                answers.append((answer.status, json.loads(answer.body) if answer.body else None))
            return answers

        return clock.run(play())

    return story


def test_it_says_that_it_answers(calls):
    """For the load balancer in front."""
    assert calls(("GET", "/healthz", None)) == [(200, {"status": "ok"})]


def test_replicas_and_their_views_are_listed(lab, calls):
    """By name; what is read as a view sets it again."""
    lagging = {"kind": "lagging", "law": "uniform", "low_s": 0.0, "high_s": 8.0}
    _, (_, told) = calls(("PUT", "/admin/replicas/gw-0/view", lagging), ("GET", "/admin/replicas", None))
    [replica] = told["replicas"]
    assert replica == {"name": "gw-0", "view": lagging}
    assert calls(("PUT", "/admin/replicas/gw-0/view", replica["view"])) == [(200, replica)]


def test_a_replica_is_cut_off_and_healed_at_run_time(lab, calls):
    """Between two requests; the change is told."""
    told = calls(
        ("POST", TRAINER, {}),
        ("PUT", "/admin/replicas/gw-0/view", {"kind": "lagging", "law": "fixed", "lag_s": 1000.0}),
        ("POST", TRAINER, {}),
        ("PUT", "/admin/replicas/gw-0/view", {"kind": "fresh"}),
        ("POST", TRAINER, {}),
    )
    assert [status for status, _ in told] == [200, 200, 404, 200, 200]
    assert [e for e in lab.events if isinstance(e, ViewChanged)] == [
        ViewChanged("gw-0", "Lagging(law=Fixed(lag_s=1000.0))"), ViewChanged("gw-0", repr(Fresh())),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "fresh"},
        {"kind": "partitioned"},
        {"kind": "lagging", "law": "fixed", "lag_s": 2},
        {"kind": "lagging", "law": "uniform", "low_s": 1, "high_s": 2},
        {"kind": "lagging", "law": "exponential", "mean_s": 3},
        {"kind": "lagging", "law": "simpledb-step"},
    ],
)
def test_every_law_can_be_set(calls, body):
    """And the answer says what is in force, as it was sent."""
    assert calls(("PUT", "/admin/replicas/gw-0/view", body)) == [(200, {"name": "gw-0", "view": body})]


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("/admin/replicas/gw-9/view", {"kind": "fresh"}, 404, "gw-0"),
        ("/admin/replicas/gw-0/view", {"kind": "foggy"}, 400, 'kind is "foggy"; it takes fresh, partitioned, lagging'),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "lag_s": -1}, 400, "lag_s is -1; it takes a number from 0"),
        (
            "/admin/replicas/gw-0/view",
            {"kind": "lagging", "law": "random"},
            400,
            'law is "random"; it takes fixed, uniform, exponential or simpledb-step',
        ),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "law": "uniform", "low_s": 3, "high_s": 1}, 400, "high_s"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "lag": 3}, 400, "lag is unknown here"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging"}, 400, "law fixed takes lag_s"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "law": "uniform", "high_s": 1}, 400, "low_s and high_s"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "law": "exponential", "lag_s": 3}, 400, "takes mean_s"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "law": "simpledb-step", "lag_s": 3}, 400, "no numbers"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "lag_s": float("inf")}, 400, "finite"),
        ("/admin/replicas/gw-0/view", {"kind": "lagging", "lag_s": float("nan")}, 400, "finite"),
        ("/admin/replicas/gw-0/view", {}, 400, "kind is missing"),
        ("/admin/replicas/gw-0/view", None, 400, "the body is missing"),
        ("/admin/replicas", {}, 405, "does not take PUT"),
        ("/nowhere", {}, 404, "rlorTrainerJobs"),
    ],
)
def test_a_wrong_word_is_one_clear_problem(lab, calls, path, body, status, word):
    """Which word, and what it may be; the view stays as it was."""
    (got, problem), (_, after) = calls(("PUT", path, body), ("GET", "/admin/replicas", None))
    assert (got, problem["status"]) == (status, status)
    assert problem["type"].startswith("urn:gateway-sim:")
    assert word in problem["detail"]
    assert after == {"replicas": [FRESH]}
    assert lab.events == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/admin/replicas/gw-9/view", 404), ("PUT", "/admin/replicas/gw-0/view", 400), ("GET", "/nowhere", 404),
     ("DELETE", "/healthz", 405), ("GET", "/training/v1/rlorTrainerJobs", 404)],
)  # fmt: skip
def test_every_refusal_is_problem_json_that_may_not_be_cached(lab, method, path, status):
    """The pages beside the data path refuse in the same form."""
    body = [b'{"kind": "fresh"}' if "gw-9" in path else b"{"]
    answer = lab.ask(path, method=method, body=body, headers={"content-type": "application/json"})
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.body)["detail"]


def test_the_admin_api_is_documented(calls):
    """By OpenAPI, from the code."""
    ((status, described),) = calls(("GET", "/openapi.json", None))
    assert status == 200
    assert "/admin/replicas/{name}/view" in described["paths"]
    assert described["info"]["title"] == "gateway-sim gateway"
    assert described["info"]["description"] == "Health, and the faults that can be set while it runs."


def test_the_pages_of_the_admin_api_load_nothing_from_another_host(lab):
    """A laboratory has no network; there is one such page, and it is at /docs alone."""
    page = lab.ask("/docs", method="GET")
    assert (page.status, b"//cdn" in page.body) == (200, False)
    assert [lab.ask(path, method="GET").status for path in ("/redoc", "/", "/docs/oauth2-redirect")] == [404] * 3


def test_what_the_reads_of_the_table_cost_is_told(calls):
    """Half a unit for an eventually consistent read."""
    read = ("GET", "/admin/capacity", None)
    _, first, _, second = calls(("POST", TRAINER, {}), read, ("POST", TRAINER, {}), read)
    assert first == (200, {"strong_reads": 0, "eventual_reads": 1, "units": 0.5})
    assert second == (200, {"strong_reads": 0, "eventual_reads": 2, "units": 1.0})


def test_a_page_that_does_not_take_a_method_says_which_it_takes(lab):
    """RFC 9110, section 15.5.6."""
    assert lab.ask("/healthz", method="DELETE").headers["allow"] == "GET"


def test_a_body_may_have_64_mib_unless_it_is_set(lab):
    """And a connection is what its balancer pins."""
    assert DEFAULT_MAX_BODY_BYTES == 64 * 2**20
    history = History()
    for _, route in lab.routes:
        history.record(route, 0.0)
    gateway = Gateway(
        [Replica(f"gw-{n}", history, Fresh(), random.Random(n)) for n in range(2)],
        balancer=PerConnection(RoundRobin()),
        policy=NotFound(),
        upstream=lab.upstream,
        keys={"tml-acme": "acme"},
        emit=lab.events.append,
    )

    async def story():
        asked = [(lab.send(gateway, TRAINER, peer=peer)) for peer in (1, 2, 1, 2)]
        served = [(await one).headers["x-gateway-replica"] for one in asked]
        too_long = await lab.send(gateway, TRAINER, headers={"content-length": str(64 * 2**20 + 1)})
        return served, too_long.status

    assert clock.run(story()) == (["gw-0", "gw-1", "gw-0", "gw-1"], 413)


def test_a_gateway_uses_each_part_that_it_was_given(lab):
    """Of two addresses one refuses: it is ejected, the gateway tries again, and the third request is too many."""
    lab.routes = [(0.0, Route("acme", "job-1", 3, "READY", "in:1", endpoints=("in:1", "in:2")))]
    lab.ejection, lab.admission = Ejection(after=1), Admission(lambda: 0.0, lab.events.append)
    lab.repeats = Repeats(RepeatRule(retries=1), random.Random(0), lab.events.append)
    lab.admission.narrow(AdmissionRule(0.001, burst=2))
    lab.upstream.fails = UpstreamFailure("reset")
    gateway = lab.gateway()

    async def story():
        statuses = [(await lab.send(gateway, TRAINER)).status]
        lab.upstream.fails = None
        return [*statuses, *[(await lab.send(gateway, TRAINER)).status for _ in range(2)]]

    assert clock.run(story()) == [502, 200, 429]
    kinds = {type(event) for event in lab.events}
    assert {RequestRepeated, EndpointEjected, AdmissionRefused} <= kinds


class Knows:
    """A table that has the route of every job, and a control plane to which every job is gone."""

    async def strong_read(self, key):
        """Read."""
        return Route(key.account, key.job, 3, "READY", "pod:3")

    async def liveness(self, key):
        """Answer."""
        return "gone"


@pytest.mark.parametrize(("policy", "status"), [(LeasedGeneration(), 200), (TellGoneFromStale(), 404)])
def test_a_policy_reads_strongly_and_asks_the_control_plane_through_its_gateway(lab, policy, status):
    """Where the replica sees no route."""
    lab.routes, lab.policy, lab.primary, lab.job_states = [], policy, Knows(), Knows()
    assert lab.ask(TRAINER).status == status


def test_the_connection_and_the_path_are_no_part_of_what_an_event_says():
    """Tests and digests compare events; a test that calls no server has neither."""
    marked = [
        (kind, field)
        for _, kind in inspect.getmembers(events, is_dataclass)
        for field in fields(kind)
        if field.name in ("connection", "path")
    ]
    assert len(marked) == 10
    assert {(field.default, field.compare) for _, field in marked} == {("", False)}
