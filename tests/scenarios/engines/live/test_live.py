"""The live engine: the same world on sockets and processes, and nothing of it left afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.scenarios.documents import unlike

pytestmark = pytest.mark.slow

SHORT = ("--set", "lag_s=4", "--set", "steps=1")


def gateway_sim(*words: str) -> list[str]:
    """Return the command line for a fresh process."""
    return [sys.executable, "-m", "gateway_sim", *words]


def live_run(*words: str, engine: str = "live") -> dict[str, Any]:
    """Run a race in a process of its own, live unless another engine is named, and return its document."""
    ended = subprocess.run(
        gateway_sim("run", *words, "--engine", engine, "--json"), capture_output=True, text=True, timeout=60
    )
    assert ended.stdout, ended.stderr
    assert unlike(ended.stdout) == []
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def children(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`, and their own."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            child = int(status.parent.name)
            found += [child, *children(child)]
    return found


def alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def within(seconds: float, happened: Any) -> bool:
    """Wait until something happened."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.05)
    return False


def test_the_race_is_the_same_on_sockets() -> None:
    """Today's gateway kills the fresh run live as it does on the virtual wire, and for the same reason."""
    run = live_run("fresh-route", "--gateway", "not-found", *SHORT)
    assert (run["outcome"], run["error"]["status"], run["error"]["leg"], run["verdict"]) == (
        "crashed", 404, "connect", "broken",
    )  # fmt: skip
    assert run["digest"] is None


def test_the_fix_is_the_same_on_sockets() -> None:
    """The 503 with both settings finishes it, with the weights that an undisturbed run has."""
    words = ("--gateway", "route-not-ready", "--set", "retry_after_s=1", "--set", "hold_poll_s=1")
    run = live_run("fresh-route", *words, *SHORT)
    assert (run["outcome"], run["verdict"], run["violations"]) == ("completed", "kept", [])


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Serve DynamoDB elsewhere than in the world, as a company's emulator would."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_table_may_live_at_another_endpoint(endpoint: str) -> None:
    """`--dynamodb-endpoint` keeps the routes there, in a table of the world's own that is dropped at its end."""
    run = live_run("healthy", "--dynamodb-endpoint", endpoint, "--set", "steps=1")
    assert run["verdict"] == "kept"
    from gateway_sim.route_table import dynamodb_client

    assert dynamodb_client(endpoint).list_tables()["TableNames"] == []


def test_an_endpoint_that_does_not_answer_is_one_sentence() -> None:
    """No traceback: what was tried, and which option to look at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ended = subprocess.run(
        gateway_sim("run", "healthy", "--engine", "live", "--dynamodb-endpoint", f"http://127.0.0.1:{port}"),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "check --dynamodb-endpoint" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_an_end_before_the_end_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C, a termination, even a kill: no pod, no port, and after the first two no file is left."""
    world = subprocess.Popen(
        gateway_sim("run", "fresh-route", "--engine", "live", "--gateway", "route-not-ready", "--set", "lag_s=60"),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    pods: list[int] = []
    try:
        assert within(30, lambda: pods.extend(children(world.pid)) or bool(pods)), "the pod's process was not seen"
        time.sleep(1.0)
        world.send_signal(number)
        _, said = world.communicate(timeout=20)
    finally:
        world.kill()
    assert within(10, lambda: not any(map(alive, pods))), "a pod outlived its world"
    if number is not signal.SIGKILL:
        assert world.returncode == 130
        assert "nothing was left running" in said
        assert list(tmp_path.glob("gateway-sim-*")) == []
