"""The data path: whose request, may they, where to, there and back; and every refusal on the way."""

import asyncio
import json
import random

import pytest

from gateway_sim import proxy
from gateway_sim.admission import Admission, AdmissionRule
from gateway_sim.endpoints import Ejection
from gateway_sim.events import (
    EndpointEjected,
    RequestForwarded,
    RequestRefused,
    RequestRerouted,
    RouteMissed,
    StrongRead,
    UpstreamFailed,
)
from gateway_sim.finder import RoutedRequest
from gateway_sim.lag import Fixed
from gateway_sim.miss_policies import AskPrimary, Refuse, Wait
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.repeats import RepeatRule, Repeats
from gateway_sim.replicas import Fresh, Lagging
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.upstream import UpstreamFailure
from tests import clock
from tests.gateway_sim.conftest import ScriptedReply
from tests.gateway_sim.refusals import PREFIX, refused


def test_a_request_reaches_its_pod_and_the_answer_comes_back(lab):
    """Method, path, query and body as they came; the pod is told whose trainer it is, the caller who answered."""
    answer = lab.ask(PREFIX + "api/v1/get_info", query="a=1&b=%20", body=[b'{"model_id":1}'], headers={"x-own": "1"})
    method, url, headers, body = lab.upstream.asked[0]
    assert (method, url, body) == ("POST", "http://pod:1/api/v1/get_info?a=1&b=%20", b'{"model_id":1}')
    assert headers["fireworks-trainer"] == "acme/job-1@3"
    assert headers["x-own"] == "1"
    assert (answer.status, answer.body, answer.headers["x-gateway-replica"]) == (200, b"{}", "gw-0")
    assert lab.events == [RequestForwarded("gw-0", "acme", "job-1", "dispatch", 3, "pod:1")]


def test_headers_of_one_hop_stay_on_their_hop(lab):
    """Both ways, with those that Connection names; a caller cannot fake the routing header."""
    lab.upstream.reply.headers = [(b"Keep-Alive", b"5"), (b"X-Answer", b"1"), (b"Transfer-Encoding", b"chunked")]
    answer = lab.ask(
        headers={
            "connection": "keep-alive, x-private",
            "x-private": "1",
            "te": "trailers",
            "host": "gateway",
            "fireworks-trainer": "globex/stolen@9",
            "x-public": "1",
        }
    )
    sent = lab.upstream.asked[0][2]
    assert set(sent) == {"x-public", "x-api-key", "fireworks-trainer"}
    assert sent["fireworks-trainer"] == "acme/job-1@3"
    assert set(answer.headers) == {"x-answer", "x-gateway-replica", "x-gateway-replicas"}


def test_a_streamed_body_arrives_whole(lab):
    """Piece by piece in, and not one of them lost."""
    lab.max_body_bytes = 10_000
    lab.ask(body=[b"a" * 1000, b"", b"b" * 1000, b"c"])
    assert lab.upstream.asked[0][3] == b"a" * 1000 + b"b" * 1000 + b"c"


def test_a_long_answer_is_passed_on_as_it_comes(lab):
    """Its pieces are the pod's, not one buffer."""
    lab.upstream.reply.script = [b"x" * 10, b"y" * 10, b"z"]
    answer = lab.ask()
    assert answer.pieces[:3] == [b"x" * 10, b"y" * 10, b"z"]
    assert answer.whole
    assert lab.upstream.reply.closed


@pytest.mark.parametrize(
    ("kind", "status"), [("refused", 502), ("connect-timeout", 504), ("reset", 502), ("timeout", 504)]
)  # fmt: skip
def test_a_pod_that_cannot_be_reached_is_a_clear_gateway_error(lab, kind, status):
    """Told with the job it happened to, and as an event."""
    lab.upstream.fails = UpstreamFailure(kind)
    assert "acme/job-1" in refused(lab.ask(), status, f"upstream-{kind}")
    assert UpstreamFailed("gw-0", "acme", "job-1", "dispatch", "pod:1", kind) in lab.events
    assert RequestRefused("gw-0", "dispatch", status, f"upstream-{kind}") in lab.events


def test_a_short_answer_that_breaks_off_is_a_502_and_not_half_an_answer(lab):
    """A stated length within the limit is collected first."""
    lab.upstream.reply.headers = [(b"Content-Length", b"20")]
    lab.upstream.reply.script = [b"half of it", UpstreamFailure("reset")]
    refused(lab.ask(), 502, "upstream-reset")
    assert lab.upstream.reply.closed


def test_a_long_answer_that_breaks_off_breaks_the_callers_connection(lab):
    """Its head is out already, so the only honest end is no end."""
    lab.upstream.reply.script = [b"x" * 10, UpstreamFailure("reset")]
    with pytest.raises(ConnectionAbortedError):
        lab.ask()
    assert lab.upstream.reply.closed


def test_the_gateway_serves_on_after_each_of_them(lab):
    """One bad request costs no other caller anything."""
    gateway = lab.gateway()

    async def story():
        bad = [
            await lab.send(gateway, "/training/v1/rlorTrainerJobs/acme"),
            await lab.send(gateway, PREFIX + "api/v1/get_info", key="unknown"),
            await lab.send(gateway, PREFIX + "api/v1/get_info", headers={"content-length": "9999"}),
        ]
        good = await lab.send(gateway, PREFIX + "api/v1/get_info")
        return [answer.status for answer in bad], good.status

    assert clock.run(story()) == ([400, 401, 413], 200)


def test_a_caller_who_left_is_not_served(lab):
    """Nothing is sent to the pod for a caller that has left, and no event is emitted."""
    assert lab.ask(leaves="at once").status == 0
    assert (lab.upstream.asked, lab.events) == ([], [])


def test_a_caller_who_leaves_in_its_body_is_not_the_pods_failure(lab):
    """The caller waits for no answer, and no event blames the pod."""
    assert lab.ask(body=[b"half"], leaves="in its body").status == 0
    assert [type(event) for event in lab.events] == [RequestForwarded]


def test_a_caller_who_leaves_in_a_long_answer_lets_the_pod_go(lab):
    """The gateway stops reading instead of draining the rest."""
    lab.upstream.reply.script = [b"x"] * 100
    answer = lab.ask(leaves="in the answer")
    assert 1 <= len(answer.pieces) < 5
    assert not answer.whole
    assert lab.upstream.reply.closed


def test_a_miss_is_the_policys_answer_on_the_requests_leg(lab):
    """An unknown job meets the policy; the events say who missed what."""
    lab.routes = []
    assert refused(lab.ask(PREFIX + "api/v1/retrieve_future"), 404, "route-not-found")
    assert lab.events == [
        RouteMissed("gw-0", "acme", "job-1", "poll"), RequestRefused("gw-0", "poll", 404, "route-not-found"),
    ]  # fmt: skip


def test_an_older_generation_than_asked_for_is_a_miss(lab):
    """A caller who knows of generation 4 is not sent to generation 3's pod."""
    assert lab.ask(headers={"x-route-generation": "3"}).status == 200
    refused(lab.ask(headers={"x-route-generation": "4"}), 404, "route-not-found")


def test_what_is_remembered_of_a_path_is_nothing_of_one_request(lab):
    """Another caller's generation, key and query do not stick to it; and a long path is not remembered at all."""
    refused(lab.ask(headers={"x-route-generation": "9"}), 404, "route-not-found")
    assert lab.ask(query="a=1").status == 200
    refused(lab.ask(key="wrong"), 401, "unknown-key")
    assert lab.ask().status == 200
    assert [asked[1].partition("?")[2] for asked in lab.upstream.asked] == ["a=1", ""]
    hits = proxy._kept_place.cache_info().hits
    assert lab.ask().status == 200
    assert proxy._kept_place.cache_info().hits == hits + 1
    before = proxy._kept_place.cache_info().currsize
    assert lab.ask(PREFIX + "api/v1/" + "x" * proxy.LONGEST_KEPT).status == 200
    assert proxy._kept_place.cache_info().currsize == before


def test_a_tombstone_is_a_miss(lab):
    """The pod of a deleted job is not asked."""
    lab.routes = [(0.0, Route("acme", "job-1", 3, "READY", "pod:1")), (0.0, Route("acme", "job-1", 3, "TOMBSTONE", ""))]
    refused(lab.ask(), 404, "route-not-found")


def test_a_held_poll_finds_the_route_that_came_meanwhile(lab):
    """The replica lags by 0.6 s; the poll waits 1 s, looks again, and is forwarded."""
    lab.policy, lab.views = RouteNotReady(hold_poll_s=1.0), [Lagging(Fixed(0.6))]
    assert lab.ask(PREFIX + "api/v1/retrieve_future").status == 200
    lab.views = [Lagging(Fixed(1.6))]
    refused(lab.ask(PREFIX + "api/v1/retrieve_future"), 503, "route-not-ready")


def test_a_503_carries_what_its_policy_says(lab):
    """Header and queue state reach the caller."""
    lab.policy, lab.routes = RouteNotReady(retry_after_s=2.0), []
    answer = lab.ask()
    refused(answer, 503, "route-not-ready")
    assert answer.headers["retry-after"] == "2"
    assert json.loads(answer.body)["queue_state"] == "route_not_ready"


class Asks:
    """A policy that asks the primary first, and then says what it was told."""

    name = "asks"

    def on_miss(self, miss):
        """Ask once, then refuse with what was seen."""
        if not miss.asked_primary:
            return AskPrimary()
        return Refuse(404, "asked", "Asked", f"the primary says {miss.seen and miss.seen.state}")


def test_without_a_primary_a_strong_read_is_503_and_never_404(lab):
    """What cannot be known must not be called gone."""
    lab.policy, lab.routes = Asks(), []
    refused(lab.ask(), 503, "no-strong-read")


def test_a_strong_read_finds_what_the_replica_does_not_see(lab, on_a_table):
    """And its tombstone is told to the policy as what was seen."""
    lab.policy, lab.routes = Asks(), []

    async def story(table, told):
        lab.primary = table
        await table.publish(Route("acme", "job-1", 3, "READY", "pod:3"))
        assert (await lab.send(lab.gateway())).status == 200
        assert lab.upstream.asked[0][1].startswith("http://pod:3/")
        await table.withdraw(RouteKey("acme", "job-1"), 3)
        assert refused(await lab.send(lab.gateway()), 404, "asked") == "the primary says TOMBSTONE"
        assert [event for event in told if isinstance(event, StrongRead)] == [StrongRead("acme", "job-1")] * 2

    on_a_table(story)


@pytest.mark.parametrize(
    ("kind", "reaches"), [("refused", "pod:4"), ("connect-timeout", "pod:4"), ("reset", None), ("timeout", None)]
)
def test_a_request_that_no_pod_received_is_sent_to_the_address_of_the_table(lab, on_a_table, kind, reaches):
    """By a policy that reads strongly; a request that a pod may have received is not sent to another one."""
    lab.policy = LeasedGeneration()

    async def opens(method, url, headers, body):
        if url.startswith("http://pod:1/"):
            raise UpstreamFailure(kind)
        return await type(lab.upstream).open(lab.upstream, method, url, headers, body)

    async def story(table, told):
        lab.primary = table
        await table.publish(Route("acme", "job-1", 4, "READY", "pod:4"))
        lab.upstream.open = opens
        answer = await lab.send(lab.gateway())
        rerouted = [event for event in lab.events if isinstance(event, RequestRerouted)]
        if reaches is None:
            assert (answer.status in (502, 504), rerouted, lab.upstream.asked) == (True, [], [])
        else:
            assert (answer.status, rerouted) == (200, [RequestRerouted("gw-0", "pod:1")])
            assert lab.upstream.asked[0][1].startswith(f"http://{reaches}/")

    on_a_table(story)


class Patient:
    """A policy that looks again every 100 ms, three times."""

    name = "patient"

    def on_miss(self, miss):
        """Wait, and say at last how long."""
        return Wait(0.1) if miss.waited_s < 0.25 else Refuse(503, "waited", "Waited", f"{miss.waited_s:.1f}")


def test_a_policy_is_told_how_long_it_has_waited(lab):
    """And decides anew each time."""
    lab.policy, lab.routes = Patient(), []
    assert refused(lab.ask(), 503, "waited") == "0.3"


def test_each_request_is_answered_by_the_replica_it_was_given(lab):
    """Of two replicas one is stale: every other request misses, and says on which."""
    lab.views = [Fresh(), Lagging(Fixed(1e6))]
    gateway = lab.gateway()

    async def story():
        answers = [await lab.send(gateway, PREFIX + "api/v1/get_info") for _ in range(4)]
        return [(answer.status, answer.headers["x-gateway-replica"]) for answer in answers]

    assert clock.run(story()) == [(200, "gw-0"), (404, "gw-1"), (200, "gw-0"), (404, "gw-1")]


@pytest.mark.parametrize("replicas", [1, 3])
def test_an_answer_names_its_replica_and_how_many_there_are(lab, replicas):
    """A client that warms up by coverage counts to that number."""
    lab.views = [Fresh()] * replicas
    headers = lab.ask().headers
    assert (headers["x-gateway-replica"], headers["x-gateway-replicas"]) == ("gw-0", str(replicas))


def test_no_task_watches_a_caller_whose_answer_is_complete(lab):
    """It would hold the connection's memory until the caller disconnects."""

    async def story():
        answer = await lab.send(lab.gateway())
        await asyncio.sleep(0)
        return answer.whole, [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    assert clock.run(story()) == (True, [])


def test_every_event_tells_the_callers_connection_and_the_path(lab):
    """So that a log of one request can be put together."""
    lab.ask()
    lab.upstream.fails = UpstreamFailure("reset")
    lab.ask()
    lab.routes = []
    lab.ask(peer=7)
    told = [(type(event), event.connection, getattr(event, "path", None)) for event in lab.events]
    path = "api/v1/get_info"
    assert told == [
        (RequestForwarded, "caller:1", path), (RequestForwarded, "caller:1", path), (UpstreamFailed, "caller:1", None),
        (RequestRefused, "caller:1", path), (RouteMissed, "caller:7", path), (RequestRefused, "caller:7", path),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "body", "reaches"),
    [(LeasedGeneration(), [b"{}"], "pod:4"), (NotFound(), [b"{}"], None), (LeasedGeneration(), [b"{", b"}"], None)],
    ids=["leased", "not-found", "streamed"],
)
def test_a_421_is_followed_by_the_pod_of_the_table_where_the_whole_request_is_here(
    lab, on_a_table, policy, body, reaches
):
    """Another job's pod has refused it; otherwise the 421 is the answer."""
    lab.policy = policy
    wrong = ScriptedReply(421)

    async def opens(method, url, headers, body):
        reply = await type(lab.upstream).open(lab.upstream, method, url, headers, body)
        return wrong if url.startswith("http://pod:1/") else reply

    async def story(table, told):
        lab.primary = table
        await table.publish(Route("acme", "job-1", 4, "READY", "pod:4"))
        lab.upstream.open = opens
        answer = await lab.send(lab.gateway(), body=body)
        rerouted = [(event, event.connection) for event in lab.events if isinstance(event, RequestRerouted)]
        assert wrong.closed
        if reaches is None:
            assert (answer.status, rerouted, len(lab.upstream.asked)) == (421, [], 1)
        else:
            assert (answer.status, rerouted) == (200, [(RequestRerouted("gw-0", "pod:1"), "caller:1")])
            assert [sent[1].split("/")[2] for sent in lab.upstream.asked] == ["pod:1", reaches]
            assert lab.upstream.asked[1][3] == b"{}"

    on_a_table(story)


@pytest.mark.parametrize(("length", "status"), [(65536, 502), (65537, 0)])
def test_an_answer_of_up_to_64_kib_is_sent_whole_or_not_at_all(lab, length, status):
    """A longer one has begun by the time it breaks off."""
    lab.upstream.reply.headers = [(b"content-length", str(length).encode())]
    lab.upstream.reply.script = [b"x", UpstreamFailure("reset")]
    if status:
        assert lab.ask().status == status
    else:
        with pytest.raises(ConnectionAbortedError):
            lab.ask()


def test_a_path_is_parsed_into_job_leg_and_path_of_the_pod():
    """It asks for no generation; what it is remembered by has a bound, for callers choose it."""
    path = PREFIX.encode() + b"api/v1/optim_step?a=1"
    assert proxy.placed(path) == RoutedRequest(RouteKey("acme", "job-1"), "dispatch", "api/v1/optim_step", 0)
    assert proxy._kept_place.cache_info().maxsize <= 4096


SEVERAL = [(0.0, Route("acme", "job-1", 3, "READY", "in:1", endpoints=("in:1", "in:2")))]


def test_an_address_that_fails_too_often_is_ejected_and_one_that_answers_is_not(lab):
    """Of two addresses; a success between two failures begins the count anew."""
    lab.routes, lab.ejection = SEVERAL, Ejection(after=2, for_s=30.0)

    async def story():
        gateway = lab.gateway()
        for fails in (True, True, False, False, True, True, True, True):
            lab.upstream.fails = UpstreamFailure("refused") if fails else None
            await lab.send(gateway)

    clock.run(story())
    kinds = [type(event) for event in lab.events if isinstance(event, UpstreamFailed | EndpointEjected)]
    assert kinds == [UpstreamFailed] * 4 + [EndpointEjected, UpstreamFailed, EndpointEjected, UpstreamFailed]


@pytest.mark.parametrize(("body", "attempts"), [([b"{}"], 3), ([b"{", b"}"], 1)], ids=["whole", "streamed"])
def test_a_gateway_with_repeats_sends_a_whole_request_again(lab, body, attempts):
    """A body that is passed on as it comes cannot be sent twice."""
    lab.repeats = Repeats(RepeatRule(retries=2), random.Random(0), lab.events.append)
    lab.upstream.reply.status = 503
    assert lab.ask(body=body).status == 503
    assert len(lab.upstream.asked) == attempts


def test_a_gateway_with_an_admission_refuses_before_it_looks_for_a_pod(lab):
    """And tells the leg that was refused."""
    lab.admission = Admission(lambda: 0.0, lab.events.append)
    lab.admission.narrow(AdmissionRule(0.1))
    gateway = lab.gateway()

    async def story():
        return [(await lab.send(gateway)).status for _ in range(2)]

    assert clock.run(story()) == [200, 429]
    assert lab.events[-1] == RequestRefused("gw-0", "dispatch", 429, "overloaded")


def test_what_asgi_lets_a_server_leave_out_may_be_left_out(lab):
    """The raw path, the query and the caller's address."""
    told = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        told.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": PREFIX + "api/v1/get_info",
        "headers": [(b"x-api-key", b"tml-acme")],
    }
    clock.run(lab.gateway()(scope, receive, send))
    assert [sent[:2] for sent in lab.upstream.asked] == [("GET", "http://pod:1/api/v1/get_info")]
    assert (told[0]["status"], lab.events[0].connection) == (200, "")
