"""`gateway-sim serve` and `gateway-sim fault`: a world for somebody's own client, and what goes wrong in it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scenarios.cli import main

SERVE = [sys.executable, "-m", "scenarios", "serve", "--port", "0", "--desk-port", "0", "--json"]


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """Serve a healthy world with today's gateway; a termination ends it well, and its port is free again."""
    process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield told
        # as Ctrl-C, which a shell lets what runs in its background ignore
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, said.strip()) == (0, "stopped; nothing was left running")
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["desk"])


def healthz(served: dict[str, Any]) -> httpx.Response:
    """Ask the trainer through the gateway whether it is well, as the SDK does."""
    url, key = served["environ"]["TINKER_BASE_URL"], served["environ"]["TINKER_API_KEY"]
    return httpx.get(f"{url}/api/v1/healthz", headers={"x-api-key": key})


def test_the_environment_it_prints_leads_to_a_running_trainer(served: dict[str, Any]) -> None:
    """The job is RUNNING by the control plane, and its pod answers through the gateway on the same host."""
    job = f"{served['platform']}/v1/accounts/{served['account']}/rlorTrainerJobs/{served['job']}"
    assert httpx.get(job, headers={"x-api-key": served["api_key"]}).json()["state"] == "JOB_STATE_RUNNING"
    assert healthz(served).status_code == 200


def test_a_fault_takes_hold_counts_and_is_lifted(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The race on demand: 404 while every replica is stale, 200 again after it."""
    assert call("fault", "stale-route", "--set", "for_s=null", "--desk", served["desk"]) == 0
    assert json.loads(capsys.readouterr().out) == {"fault": "stale-route", "for_s": None, "replicas": None}
    assert healthz(served).status_code == 404
    counted = httpx.get(f"{served['desk']}/metrics").text
    assert 'gateway_sim_faults_total{fault="stale-route"} 1.0' in counted
    assert 'gateway_sim_calls_total{leg="health",status="404"} 1.0' in counted
    assert call("fault", "--lift", "--desk", served["desk"]) == 0
    assert healthz(served).status_code == 200
    assert "fault injected" in httpx.get(f"{served['desk']}/trace").text


def test_a_replicas_lag_is_changed_while_it_runs(served: dict[str, Any]) -> None:
    """By the gateway's own admin interface, which its OpenAPI describes."""
    view = {"kind": "lagging", "law": "fixed", "lag_s": 600}
    answer = httpx.put(f"{served['gateway']}/admin/replicas/gw-0/view", json=view)
    assert (answer.status_code, "600" in answer.json()["view"]) == (200, True)
    assert "/admin/replicas/{name}/view" in httpx.get(f"{served['gateway']}/openapi.json").json()["paths"]
    assert httpx.put(f"{served['gateway']}/admin/replicas/gw-0/view", json={"kind": "fresh"}).status_code == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("stale-rout",), "did you mean stale-route?"),
        (("stale-route", "--set", "fors=3"), "did you mean for_s?"),
        (("stale-route",), "for_s: Field required"),
        (("stale-route", "--set", "for_s=soon"), "for_s: Input should be a valid number"),
    ],
)
def test_what_the_desk_does_not_know_is_refused(
    served: dict[str, Any], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """In a sentence, by exit status 2, and no fault takes hold."""
    assert call("fault", *words, "--desk", served["desk"]) == 2
    assert sentence in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert healthz(served).status_code == 200


def test_a_desk_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that starts one."""
    assert call("fault", "--desk", "http://127.0.0.1:9") == 2
    assert "start one: gateway-sim serve" in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_port_that_is_taken_is_said(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is served, in one sentence."""
    port = served["platform"].rpartition(":")[2]
    assert call("serve", "--port", port, "--desk-port", "0") == 1
    assert port in capsys.readouterr().err
