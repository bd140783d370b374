"""`gateway-sim serve` and `gateway-sim fault`: a world for the user's own client, and its faults."""

import argparse
import asyncio
import contextlib
import http.server
import json
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway_sim.route_table import dynamodb_client
from gateway_sim.scenarios.apps.cli import as_ctrl_c, main
from gateway_sim.scenarios.apps.cli.serve import ADMIN_PORT, GATEWAY_PORT, PLATFORM_PORT
from gateway_sim.scenarios.apps.serve.fault_request import kinds
from gateway_sim.scenarios.apps.serve.serving import KEPT
from tests.scenarios.apps.serving import serving, within

SERVE = [sys.executable, "-m", "gateway_sim", "serve", "--json"]
SERVE += ["--port", "0", "--gateway-port", "0", "--admin-port", "0"]
SETTINGS = {
    "control-plane-outage": {"for_s": None},
    "delayed-reply": {"route": "healthz", "by_s": 0.2},
    "gateway-restart": {"for_s": 0.3},
    "gateway-overload": {"for_s": None},
    "lost-reply": {"route": "healthz"},
    "pod-errors": {"for_s": None},
    "replica-restart": {"for_s": 0.3},
    "slow-control-plane": {"by_s": 0.2},
    "stale-route": {"for_s": None},
}
"""What a fault must be told; the others need nothing."""
ELSEWHERE = {"clock-skew", "endpoint-refuses", "gateway-instance-down"}
"""The served world has no lease, one address for its pod, and this project's gateway."""


def test_a_termination_ends_the_command_though_a_server_catches_what_is_raised_in_a_request() -> None:
    """It raises nothing where the signal happens to arrive."""
    obeyed = signal.default_int_handler
    before = [(kind, signal.signal(kind, act)) for kind, act in ((signal.SIGTERM, as_ctrl_c), (signal.SIGINT, obeyed))]

    async def serve() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            pytest.fail("a server would take this for the failure of a request")
        await asyncio.sleep(60)

    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(serve())
    finally:
        for kind, act in before:
            signal.signal(kind, act)


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """Serve a healthy world with today's gateway; a termination ends it well, and its port is free again."""
    with serving(SERVE) as line:
        told = json.loads(line)
        yield told
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["admin"])


def healthz(served: dict[str, Any]) -> httpx.Response:
    """Ask the trainer through the gateway whether it is well, as the SDK does."""
    environ = served["environ"]
    url, key = environ["TINKER_BASE_URL"], environ["TINKER_API_KEY"]
    assert environ["GATEWAY_SIM_JOB_URL"] == url
    assert environ["GATEWAY_SIM_BASE_URL"] == served["platform"]
    return httpx.get(f"{url}/api/v1/healthz", headers={"x-api-key": key})


@pytest.mark.slow
def test_the_environment_it_prints_leads_to_a_running_trainer(served: dict[str, Any]) -> None:
    """The job is RUNNING by the control plane, and its pod answers through the gateway on the same host."""
    job = f"{served['platform']}/v1/accounts/{served['account']}/rlorTrainerJobs/{served['job']}"
    assert httpx.get(job, headers={"x-api-key": served["api_key"]}).json()["state"] == "JOB_STATE_RUNNING"
    assert healthz(served).status_code == 200


def test_a_fault_takes_hold_counts_and_is_lifted(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The race on demand: 404 while every replica is stale, 200 again after it."""
    assert call("fault", "stale-route", "--set", "for_s=null", "--admin", served["admin"], "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"schema": "gateway-sim/fault/1", "fault": "stale-route", "for_s": None, "replicas": None}
    assert healthz(served).status_code == 404
    counted = httpx.get(f"{served['admin']}/metrics").text
    assert 'gateway_sim_faults_total{fault="stale-route"} 1.0' in counted
    assert 'gateway_sim_calls_total{leg="health",status="404"} 1.0' in counted
    assert call("fault", "--lift", "--admin", served["admin"], "--json") == 0
    assert healthz(served).status_code == 200
    assert "fault injected" in httpx.get(f"{served['admin']}/trace").text


PAGE = Path(__file__).parents[4] / "docs" / "serve.md"
SHOWN = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for line in block.splitlines()
    if not line.startswith("gateway-sim serve")
]


def asked(served: dict[str, Any], words: list[str]) -> httpx.Response:
    """Send what a line of curl sends, to this world's ports."""
    curl = argparse.ArgumentParser()
    curl.add_argument("url")
    curl.add_argument("-X", default="GET")
    curl.add_argument("-H", default="accept: */*")
    curl.add_argument("-d", default="")
    told = curl.parse_args(words)
    url = told.url
    for port, place in ((PLATFORM_PORT, "platform"), (GATEWAY_PORT, "gateway"), (ADMIN_PORT, "admin")):
        url = url.replace(f"http://127.0.0.1:{port}", served[place])
    return httpx.request(told.X, url, content=told.d, headers=[told.H.split(": ")])


@pytest.mark.slow
def test_what_the_page_shows_is_so(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of docs/serve.md, from its top to its end, as it can be pasted; then the world is well."""
    assert len(SHOWN) == 12
    for line in SHOWN:
        command, *words = shlex.split(line, comments=True)
        if command == "gateway-sim":
            assert call(*words, "--admin", served["admin"]) == 0, line
        else:
            assert asked(served, words).status_code == 200, line
    assert becomes_well(served)
    assert call("fault", "--lift", "--admin", served["admin"]) == 0
    # those that end by themselves
    assert within(10.0, lambda: all(told_of(served, "fault injected", f) == lifts(served, f) for f in kinds()))


def test_the_page_shows_what_is_printed(served: dict[str, Any]) -> None:
    """Keys, ports and account, as `serve` prints them by default."""
    shown = PAGE.read_text()
    for name in ("api_key", "fireworks_api_key"):
        assert served[name] in shown
    assert f"account {served['account']}, job {served['job']} (RUNNING), base model {served['base_model']}" in shown
    assert f"{KEPT:,} events" in shown


def told_of(served: dict[str, Any], event: str, fault: str) -> int:
    """Count what the trace tells of a fault."""
    return len(re.findall(rf"{event} +fault={fault}\n", httpx.get(f"{served['admin']}/trace").text))


def lifts(served: dict[str, Any], fault: str) -> int:
    """Count the ends of a fault."""
    return told_of(served, "fault lifted", fault)


def becomes_well(served: dict[str, Any]) -> bool:
    """Ask until the trainer answers again, for some seconds."""
    for _ in range(100):
        with contextlib.suppress(httpx.TransportError):
            if healthz(served).status_code == 200:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("fault", [name for name in kinds() if name not in ELSEWHERE])
def test_every_fault_that_is_listed_takes_hold_and_is_lifted(served: dict[str, Any], fault: str) -> None:
    """One after the other in one world, which is well again after each."""
    sets = [
        word for name, value in SETTINGS.get(fault, {}).items() for word in ("--set", f"{name}={json.dumps(value)}")
    ]
    began, ended = told_of(served, "fault injected", fault), lifts(served, fault)
    assert call("fault", fault, *sets, "--admin", served["admin"]) == 0
    assert told_of(served, "fault injected", fault) == began + 1
    assert call("fault", "--lift", "--admin", served["admin"]) == 0
    assert becomes_well(served)
    # a fault with an end of its own may outlast the first answer: other replicas serve
    assert within(30.0, lambda: lifts(served, fault) == ended + 1)


@pytest.mark.slow
def test_a_gateway_that_restarts_is_away_for_its_clients_too(served: dict[str, Any]) -> None:
    """Its own port and the host that it shares with the control plane; it is back when both restarts have ended."""
    restart = ("fault", "gateway-restart", "--set", "for_s=1.5", "--admin", served["admin"])
    assert call(*restart) == 0
    for address in (served["platform"], served["gateway"]):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{address}/healthz")
    assert call(*restart) == 0
    assert becomes_well(served)


def test_a_replicas_lag_is_changed_while_it_runs(served: dict[str, Any]) -> None:
    """By the gateway's own admin interface, which its OpenAPI describes."""
    view = {"kind": "lagging", "law": "fixed", "lag_s": 600}
    answer = httpx.put(f"{served['gateway']}/admin/replicas/gw-0/view", json=view)
    assert (answer.status_code, answer.json()["view"]) == (200, view)
    assert "/admin/replicas/{name}/view" in httpx.get(f"{served['gateway']}/openapi.json").json()["paths"]
    assert httpx.put(f"{served['gateway']}/admin/replicas/gw-0/view", json={"kind": "fresh"}).status_code == 200


def test_the_admin_changes_a_replicas_lag_too(served: dict[str, Any]) -> None:
    """With any gateway, which may have no admin interface; the trace has the change."""
    url = f"{served['admin']}/replicas"
    changed = httpx.put(f"{url}/gw-2/view", json={"kind": "partitioned"})
    assert (changed.status_code, changed.json()["name"]) == (200, "gw-2")
    told = httpx.get(url).json()["replicas"][2]
    assert told == changed.json()
    assert told["view"] == {"kind": "partitioned"}
    assert re.search(r"view changed +replica=gw-2 view=Partitioned", httpx.get(f"{served['admin']}/trace").text)
    assert httpx.put(f"{url}/gw-2/view", json={"kind": "fresh"}).json()["view"] == {"kind": "fresh"}
    for place, body, status in (("gw-3", {"kind": "fresh"}, 404), ("gw-0", {"kind": "late"}, 400)):
        refused = httpx.put(f"{url}/{place}/view", json=body)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")


SMALL = Path(__file__).parents[2] / "engines" / "live" / "gateways" / "small_gateway.py"


@pytest.mark.slow
def test_a_world_is_served_with_a_gateway_of_the_users_own() -> None:
    """Its document leads to its table; its reads, misses and refusals are counted; an instance ends and comes back."""
    command = shlex.join([sys.executable, str(SMALL)])
    with serving([*SERVE, "--gateway-command", command, "--gateway-replicas", "2"]) as line:
        served = json.loads(line)
        first, second = served["instances"]
        assert (first["name"], second["name"]) == ("gw-0", "gw-1")
        assert first["environ"]["PORT"] == first["address"].rpartition(":")[2]
        assert first["environ"]["AWS_ENDPOINT_URL_DYNAMODB"] != second["environ"]["AWS_ENDPOINT_URL_DYNAMODB"]
        table = dynamodb_client(first["environ"]["AWS_ENDPOINT_URL_DYNAMODB"])
        [item] = table.scan(TableName=first["environ"]["ROUTE_TABLE"])["Items"]
        assert (item["route"], item["state"]) == ({"S": "acme/job-1"}, {"S": "READY"})
        assert healthz(served).status_code == 200
        assert call("fault", "stale-route", "--set", "for_s=null", "--admin", served["admin"]) == 0
        assert healthz(served).status_code == 404
        assert call("fault", "--lift", "--admin", served["admin"]) == 0
        assert becomes_well(served)
        metrics = httpx.get(f"{served['admin']}/metrics").text
        assert re.search(r'gateway_sim_route_misses_total\{leg="health",replica="gw-[01]"\} 1.0', metrics)
        assert re.search(
            r'gateway_sim_requests_refused_total\{leg="health",replica="gw-[01]",slug="no-route"\} 1.0', metrics
        )
        assert re.search(r'gateway_sim_call_duration_seconds_count\{leg="health"\} [1-9]', metrics)
        down = {"for_s": None, "how": "stop"}
        for number in (0, 1):
            assert httpx.post(f"{served['admin']}/faults/gateway-instance-down", json={**down, "instance": number})
        assert within(10.0, lambda: healthz(served).status_code == 502)
        assert call("fault", "--lift", "--admin", served["admin"]) == 0
        assert within(20.0, lambda: healthz(served).status_code == 200)
    for address in (first["address"], second["address"]):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}/")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--gateway-command", "nonesuch"), "there is no program nonesuch"),
        (("--gateway-command", "node 'x"), "No closing quotation"),
        (("--gateway-replicas", "2"), "name it with --gateway-command"),
        (("--gateway-command", "true", "--gateway-replicas", "0"), "--gateway-replicas"),
        (("--gateway-command", "true", "--gateway-replicas", "65"), "--gateway-replicas"),
        (("--gateway-url", "http://127.0.0.1:9", "--gateway-url", "http://127.0.0.1:9"), "is named twice"),
        (("--gateway-command", "true", "--gateway", "leased-generation"), "leave it out beside your own"),
    ],
)
def test_words_that_name_no_gateway_are_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """In a sentence, by exit status 2, before anything starts."""
    assert call("serve", "healthy", *words) == 2
    assert sentence in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("stale-rout",), "did you mean stale-route?"),
        (("stale-route", "--set", "fors=3"), "did you mean for_s?"),
        (("stale-route",), "for_s is missing"),
        (("stale-route", "--set", "for_s=soon"), 'for_s is "soon"; it takes a number'),
        (("stale-route", "--set", "for_s=-3"), "for_s is -3; it takes a number above 0"),
        (("stale-route", "--set", "for_s=1e400"), "for_s is Infinity; it takes a finite number"),
        (("slow-control-plane", "--set", "by_s=0"), "by_s is 0; it takes a number above 0"),
        (("stale-route", "--set", "for_s=9", "--set", "replicas=[7]"), "replicas is [7]; the world has 0 to 2"),
        (("stale-route", "--set", "for_s=9", "--set", "replicas=[]"), "replicas is []; the world has 0 to 2"),
        (("lost-reply", "--set", "route=optimstep"), "did you mean optim_step?"),
        (("gateway-instance-down", "--set", "for_s=9"), "needs a gateway of your own: name it with --gateway-command"),
        (("stale-route", "--lift"), "leave the name out"),
        (("--set", "for_s=3"), "name it"),
    ],
)
def test_what_the_admin_does_not_know_is_refused(
    served: dict[str, Any], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """In a sentence, by exit status 2, and no fault takes hold."""
    assert call("fault", *words, "--admin", served["admin"]) == 2
    assert sentence in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert healthz(served).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/faults/stale-route", b"{for_s", 400, "the body is no JSON"),
        ("/faults/stale-route", b"[3]", 400, "the body is [3]; it takes an object"),
        ("/faults/stale-rout", b"{}", 404, "did you mean stale-route?"),
        ("/fault", b"{}", 404, "there is no /fault; see /docs"),
        ("/metrics", b"{}", 405, "/metrics does not take POST"),
    ],
)
def test_the_admin_refuses_in_one_form(
    served: dict[str, Any], path: str, body: bytes, status: int, sentence: str
) -> None:
    """As problem+json with a sentence, whatever was wrong."""
    refused = httpx.post(f"{served['admin']}{path}", content=body, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert sentence in refused.json()["detail"]


def test_a_person_reads_what_can_go_wrong_and_a_program_too(
    served: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A table of names and settings; with --json the same as one document. An address without a scheme will do."""
    admin = served["admin"].removeprefix("http://")
    assert call("fault", "--admin", admin) == 0
    assert "delayed-reply" in capsys.readouterr().out
    assert call("fault", "--admin", admin, "--json") == 0
    assert json.loads(capsys.readouterr().out)["delayed-reply"]["settings"] == {
        "route": None, "by_s": None, "for_s": None,
    }  # fmt: skip


def test_what_is_no_admin_is_said(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A pod's answer, or a page's, is not taken for the admin interface's."""

    class Silent(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Silent) as other:
        threading.Thread(target=other.handle_request).start()
        assert call("fault", "--admin", f"http://127.0.0.1:{other.server_port}") == 2
    assert "is no admin interface: 200, and no JSON object" in " ".join(
        capsys.readouterr().err.replace("│", " ").split()
    )


def test_an_admin_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that starts one."""
    assert call("fault", "--admin", "http://127.0.0.1:9") == 2
    assert "start one: gateway-sim serve" in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_port_that_is_taken_is_said(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is served, in one sentence."""
    port = served["platform"].rpartition(":")[2]
    assert call("serve", "--port", port, "--gateway-port", "0", "--admin-port", "0") == 2
    assert f"--port {port}: " in capsys.readouterr().err
