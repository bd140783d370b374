"""Each server under hostile requests: `make test-fuzz`. `FUZZ_N` says how many requests, `FUZZ_SEED` which."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.fuzz.hostile import Target
from tests.fuzz.marks import KEYS, MARKS, OTHER
from tests.fuzz.sending import Told, family, fuzz, line, settled

pytestmark = pytest.mark.fuzz
N = int(os.environ.get("FUZZ_N", "100000"))
SEED = os.environ.get("FUZZ_SEED", "0")
WARM = 0.3
"""The share of the requests after which a server has filled its caches."""
GROWS_AT_MOST_MIB = 24
TRAINING = b"/training/v1/rlorTrainerJobs/"
POD = (
    (b"GET", b"healthz"), (b"POST", b"get_info"), (b"POST", b"create_session"), (b"POST", b"retrieve_future"),
    (b"POST", b"forward_backward"), (b"POST", b"session_heartbeat"), (b"POST", b"optim_step"), (b"POST", b"telemetry"),
    (b"GET", b"training_runs?limit=1"), (b"POST", b"load_weights"), (b"POST", b"weights_info"),
    (b"GET", b"list_checkpoints"), (b"POST", b"client/config"), (b"POST", b"asample"), (b"POST", b"nothing_here"),
)  # fmt: skip


@contextmanager
def process(*words: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run a serving module, and give its process id and the document that it prints; it must end well."""
    running = subprocess.Popen(
        [sys.executable, "-m", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        yield running.pid, json.loads(running.stdout.readline())
        assert running.poll() is None, "the server has crashed"
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=30)
        assert "Traceback" not in said, said[-3000:]
    finally:
        for pid in family(running.pid):
            os.kill(pid, signal.SIGKILL)
        running.communicate()


def fuzzed(
    name: str, pid: int, attacks: list[tuple[str, Target, bytes]], requests: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Send the requests in two parts, a warm-up and the rest; compare the server before and after the rest."""
    began, told = time.monotonic(), Told()

    async def part(number: int, share: float) -> None:
        each = int(requests * share / len(attacks))
        await asyncio.gather(
            *(
                fuzz(address, target, f"{SEED}/{name}/{number}/{n}", each, forbidden, told)
                for n, (address, target, forbidden) in enumerate(attacks)
            )
        )

    asyncio.run(part(0, WARM))
    before = settled(pid)
    asyncio.run(part(1, 1.0 - WARM))
    after = settled(pid)
    with capsys.disabled():
        print("\n" + line(name, told, time.monotonic() - began, before, after), flush=True)
    assert told.wrong == [], "\n".join(told.wrong[:3])
    assert told.sent >= requests * 0.95
    assert told.statuses.total() > told.connections * 0.7
    assert after[0] - before[0] < GROWS_AT_MOST_MIB
    assert after[1] - before[1] < 20


def test_a_gateway_of_two_accounts(capsys: pytest.CaptureFixture[str]) -> None:
    """Callers of both at once, over the same connections to the pods; no answer holds a byte of the other account."""
    with process("tests.fuzz.two_accounts") as (pid, said):
        attacks = []
        for account, key in KEYS.items():
            own = [(method, b"%b%b/job-1/api/v1/%b" % (TRAINING, account.encode(), route)) for method, route in POD]
            others = [(b"POST", b"%b%b/job-1/api/v1/get_info" % (TRAINING, OTHER[account].encode()))]
            headers = [b"X-API-Key: " + key.encode(), b"X-Mark: " + MARKS[account]]
            attacks.append((said["gateway"], Target(own + others, headers), MARKS[OTHER[account]]))
        fuzzed("gateway", pid, attacks, int(N * 0.6), capsys)
        mine = httpx.get(
            f"http://{said['gateway']}{TRAINING.decode()}acme/job-1/api/v1/healthz", headers={"X-API-Key": KEYS["acme"]}
        )
        assert mine.status_code in (200, 204)


def test_a_served_world(capsys: pytest.CaptureFixture[str]) -> None:
    """Platform, gateway's pages, admin, and through them the control plane and a real pod."""
    with process("gateway_sim", "serve", "--port", "0", "--gateway-port", "0", "--admin-port", "0", "--json") as (
        pid,
        said,
    ):
        key = b"X-API-Key: " + said["api_key"].encode()
        job = b"%bacme/%b/api/v1/" % (TRAINING, said["job"].encode())
        training = Target([(method, job + route) for method, route in POD], [key])
        jobs = b"/v1/accounts/acme/rlorTrainerJobs"
        # none names the job that is there: a DELETE that is allowed ends its pod
        platform = Target(
            [(b"GET", jobs), (b"POST", jobs + b"/none:pause"), (b"DELETE", jobs + b"/none"),
             (b"GET", jobs + b"/none/checkpoints?pageSize=1"), (b"GET", b"/v1/accounts"), (b"GET", b"/healthz"),
             (b"GET", b"/v1/accounts/fireworks/trainingShapes/a/versions"), (b"POST", jobs + b"?rlorTrainerJobId=%2f")],
            [key],
        )  # fmt: skip
        gateway = Target([(b"GET", b"/healthz"), (b"GET", b"/admin/replicas"), (b"PUT", b"/admin/replicas/gw-9/view")])
        admin = Target(
            [(b"GET", b"/faults"), (b"POST", b"/faults/none"), (b"POST", b"/faults/"), (b"DELETE", b"/faults"),
             (b"GET", b"/replicas"), (b"PUT", b"/replicas/gw-9/view"), (b"GET", b"/metrics"), (b"GET", b"/docs")]
        )  # fmt: skip
        attacks = [
            (said["platform"], training, b""), (said["gateway"], training, b""), (said["platform"], platform, b""),
            (said["gateway"], gateway, b""), (said["admin"], admin, b""),
        ]  # fmt: skip
        fuzzed("serve", pid, attacks, int(N * 0.2), capsys)
        answer = httpx.get(f"{said['platform']}{job.decode()}healthz", headers={"X-API-Key": said["api_key"]})
        assert answer.json()["status"] == "ok"


def test_a_dynamodb_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    """Its calls, with keys of replicas that are not there, and its admin pages."""
    with process("gateway_sim", "dynamodb", "--port", "0", "--json") as (pid, said):
        calls = [
            Target([(b"POST", b"/")], [b"X-Amz-Target: DynamoDB_20120810." + operation, b"Authorization: " + signed])
            for operation, signed in (
                (b"GetItem", b"AWS4 Credential=LABREPLICA1/x"), (b"PutItem", b"Credential=REPLICA" + b"9" * 5000),
                (b"Nothing", b"Credential=LABREPLICA77/x"), (b"ListTables", b"x"), (b"Scan", b"\xff"),
            )
        ]  # fmt: skip
        pages = Target([(b"GET", b"/admin/replicas"), (b"PUT", b"/admin/replicas/7/view"), (b"GET", b"/metrics")])
        attacks = [(said["endpoint"], target, b"") for target in (*calls, pages)]
        fuzzed("dynamodb", pid, attacks, int(N * 0.1), capsys)


def test_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """Its page, and picks that are none."""
    with process("gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json") as (pid, said):
        pages = Target(
            [(b"GET", b"/"), (b"GET", b"/proposal"), (b"GET", b"/gateways/hold/answers"), (b"POST", b"/duel"),
             (b"DELETE", b"/duels/9"), (b"GET", b"/duels/9/events"), (b"GET", b"/duels/9/timeline.html")]
        )  # fmt: skip
        fuzzed("demo", pid, [(said["page"], pages, b"")], int(N * 0.05), capsys)
