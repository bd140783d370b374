"""The pod's process of a served world is killed or stopped from outside: the job leaves RUNNING, and comes back."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenarios.apps.serving import serving, within

SERVE = [sys.executable, "-m", "gateway_sim", "serve", "healthy", "--json", "--set", "notice_s=1"]
SERVE += ["--set", "start_s=0.1", "--port", "0", "--gateway-port", "0", "--admin-port", "0"]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """Serve a world whose control plane notices a dead pod after a second."""
    with serving(SERVE) as line:
        yield json.loads(line)


def job(served: dict[str, Any]) -> tuple[str, int]:
    """Return the job's state and incarnation, as the control plane says them."""
    url = f"{served['platform']}/v1/accounts/{served['account']}/rlorTrainerJobs/{served['job']}"
    told = httpx.get(url, headers={"x-api-key": served["api_key"]}).json()
    return told["state"], told["incarnation"]


def trace(served: dict[str, Any]) -> str:
    """Return what happened so far."""
    return httpx.get(f"{served['admin']}/trace").text


def pod_process(served: dict[str, Any]) -> int:
    """Return the process that listens at the address of the newest pod."""
    port = int(trace(served).rpartition("pod listening")[2].partition("\n")[0].rpartition(":")[2])
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = (row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue
    raise LookupError(f"no process listens at port {port}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "event"), [(signal.SIGKILL, "pod crashed"), (signal.SIGSTOP, "pod froze")], ids=["killed", "stopped"]
)
def test_a_pod_that_is_ended_or_stopped_from_outside_is_noticed_and_replaced(
    served: dict[str, Any], number: signal.Signals, event: str
) -> None:
    """No fault was asked for: the launcher sees the process end, and a probe that it does not answer."""
    state, incarnation = job(served)
    assert state == "JOB_STATE_RUNNING"
    pod = pod_process(served)
    os.kill(pod, number)
    assert within(60.0, lambda: job(served) == ("JOB_STATE_RUNNING", incarnation + 1))
    told = trace(served)
    assert event in told
    assert "pod noticed dead" in told
    # what it leaves is no zombie either
    assert within(10.0, lambda: not Path(f"/proc/{pod}").exists())
    environ = served["environ"]
    answer = httpx.get(f"{environ['TINKER_BASE_URL']}/api/v1/healthz", headers={"x-api-key": environ["TINKER_API_KEY"]})
    assert answer.status_code == 200
