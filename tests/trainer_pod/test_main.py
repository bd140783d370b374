"""The pod as a process: it says where it listens, trains, and never outlives its parent."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.trainer_pod.text import batch

PATIENCE_S = 60
PLACE = {"incarnation": 3, "checkpoint_root": "unused"}


class Process:
    """A live pod, its events as it prints them, and plain HTTP calls to it."""

    def __init__(self, config: dict[str, Any]) -> None:
        words = [sys.executable, "-m", "gateway_sim.trainer_pod", "--port", "0", "--config", json.dumps(config)]
        self.popen = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = self.event()["address"]

    def event(self) -> dict[str, Any]:
        """Read the next event."""
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, self.popen.stderr.read() if self.popen.stderr else ""
        return json.loads(line)

    def call(self, method: str, route: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Make one HTTP request; a GET has the words as headers."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_S)
        try:
            sent, headers = (json.dumps(body), {}) if method == "POST" else (None, body)
            connection.request(method, f"/api/v1/{route}", sent, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def result(self, route: str, **body: Any) -> dict[str, Any]:
        """Ask for an operation and poll once for its result."""
        _, envelope = self.call("POST", route, **body)
        return self.call("POST", "retrieve_future", request_id=envelope["request_id"])[1]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """Give a live pod that is READY, and end it whatever happens."""
    live = Process({"account": "acme", "job": "alice", "incarnation": 3, "checkpoint_root": str(tmp_path)})
    try:
        assert live.event()["event"] == "PodReady"
        yield live
    finally:
        live.popen.kill()
        live.popen.communicate()


def test_a_live_pod_trains_a_step_and_dies_when_its_stdin_closes(process: Process) -> None:
    """Bound to loopback, it serves a whole step, tells of it on stdout, and ends with its parent's pipe."""
    assert process.address.startswith("127.0.0.1:")
    assert process.call("GET", "healthz")[0] == 200
    assert process.call("GET", "healthz", **{f"x-{number}": "a" for number in range(200)})[0] == 431
    _, session = process.call("POST", "create_session")
    create = {"session_id": session["session_id"], "model_seq_id": 0, "base_model": "m", "lora_config": {"rank": 2}}
    model_id = process.result("create_model", **create)["model_id"]
    told = {"data": [datum.model_dump() for datum in batch(0, 1, 8)], "loss_fn": "cross_entropy"}
    process.result("forward_backward", forward_backward_input=told, model_id=model_id, seq_id=1)
    step = process.result("optim_step", adam_params={"learning_rate": 1e-3}, model_id=model_id, seq_id=2)
    assert step["metrics"]["step:max"] == 1
    assert process.popen.stdin is not None
    process.popen.stdin.close()
    assert process.popen.wait(PATIENCE_S) == 0
    assert process.popen.stdout is not None
    events = [json.loads(line) for line in process.popen.stdout]
    (applied,) = [event for event in events if event["event"] == "StepApplied"]
    assert (applied["incarnation"], applied["step"], applied["accumulated"]) == (3, 1, 1)
    assert events[-1]["event"] == "PodStopped"
    assert process.popen.stderr is not None
    assert process.popen.stderr.read() == ""
    process.popen.stdin = None


def test_a_line_on_stdin_fences_a_live_pod(process: Process) -> None:
    """It says so, and refuses what comes after; other lines say nothing to it."""
    assert process.popen.stdin is not None
    for line in ("hello", "fence"):
        process.popen.stdin.write(f"{line}\n")
    process.popen.stdin.flush()
    assert process.event() == {"event": "PodFenced", "account": "acme", "job": "alice", "incarnation": 3}
    status, problem = process.call("POST", "create_session")
    assert (status, "superseded" in problem["detail"]) == (421, True)
    assert process.popen.poll() is None


@pytest.mark.slow
def test_sigterm_ends_a_pod_that_is_idle(process: Process) -> None:
    """It says that it stopped, and leaves with success."""
    process.popen.send_signal(signal.SIGTERM)
    assert process.popen.wait(PATIENCE_S) == 0
    assert process.event()["event"] == "PodStopped"


def test_a_config_that_does_not_fit_is_named(tmp_path: Path) -> None:
    """A word that is off is told on stderr with exit code 2, before anything is bound."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway_sim.trainer_pod", "--config", '{"account": "acme"}'],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_S,
    )
    assert ended.returncode == 2
    assert "job: Field required" in ended.stderr
    assert ended.stdout == ""


def test_limits_that_cannot_be_are_told_before_anything_is_bound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of the limits, with exit code 2."""
    # the command sets it for its own process
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    from gateway_sim.trainer_pod import __main__ as command

    monkeypatch.setenv("GATEWAY_SIM_LIMITS", "nonsense")
    monkeypatch.setattr(sys, "argv", ["pod", "--config", json.dumps({"account": "acme", "job": "alice", **PLACE})])
    with pytest.raises(SystemExit, match="2"):
        command.main()
    assert "error: GATEWAY_SIM_LIMITS: 'nonsense' is no limit" in capsys.readouterr().err
