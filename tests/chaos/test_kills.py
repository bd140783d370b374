"""Parts of a run are killed at random moments: it ends in a verdict or one sentence, and nothing of it is left.

The gateway's replicas, the control plane, moto and the front are in the command's own process; a kill of one of them
alone takes its listening socket and its connections away, which is what a kernel does for a process that was killed.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.processes import MARK, answers, children, command_line, kill_all, listening, marked
from tests.chaos.steps import faults, whole
from tests.chaos.strikes import SEED, SWEEP, Strike, strikes
from tests.house import ROOT
from tests.scenarios.apps.serving import within

pytestmark = pytest.mark.chaos

LIMIT_S: Final = 240.0
"""A run of these takes seconds; its horizon is a minute, and nothing that it waits for afterwards is unbounded."""
GONE_WITHIN_S: Final = 30.0


@dataclass
class Ended:
    """How a run ended: its status, what it printed, its events, its ports and its folders."""

    status: int
    out: str
    err: str
    journal: list[dict[str, Any]]
    ports: set[int]
    folders: set[str]


@contextlib.contextmanager
def table() -> Iterator[int]:
    """Serve a route table in a process of its own; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.environ["CHAOS_TABLE"] = str(server.pid)
    try:
        assert within(60.0, lambda: answers(port))
        yield port
    finally:
        del os.environ["CHAOS_TABLE"]
        server.kill()
        server.wait()


def played(strike: Strike, temporary: Path, mark: str) -> Ended:
    """Play a run and strike it."""
    journal, files = temporary / "journal", temporary / "files"
    files.mkdir()
    with contextlib.ExitStack() as kept:
        words = [*strike.words, "--json"]
        if strike.part == "the table":
            words += ["--dynamodb-endpoint", f"http://127.0.0.1:{kept.enter_context(table())}"]
        command = [sys.executable, "-m", "gateway_sim"]
        if strike.after:
            plan = json.dumps([strike.part, strike.how, strike.after])
            command = [sys.executable, "-m", "tests.chaos.struck", plan, str(journal)]
        out, err = (kept.enter_context((temporary / name).open("w+")) for name in ("out", "err"))
        run = subprocess.Popen(
            [*command, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT,
            env={**os.environ, "TMPDIR": str(files), MARK: mark},
        )  # fmt: skip
        ports, folders = set[int](), set[str]()
        began_s, struck = time.monotonic(), bool(strike.after)
        while run.poll() is None and (passed_s := time.monotonic() - began_s) < LIMIT_S:
            if not struck and passed_s >= strike.seconds:
                struck = strike_from_outside(strike, run.pid)
            of_the_run = marked(mark)
            ports |= set(listening(of_the_run))
            folders |= {words.split()[-1] for words in map(command_line, of_the_run) if "rm -rf" in words}
            time.sleep(0.1)
        hung = run.poll() is None
        run.kill()
        status = run.wait()
        said = [(temporary / name).read_text() for name in ("out", "err")]
    assert not hung, f"it ran for more than {LIMIT_S:g} s: {said}"
    told = journal.read_text().splitlines(keepends=True) if journal.exists() else []
    return Ended(status, *said, [json.loads(line) for line in told if line.endswith("\n")], ports, folders)


def strike_from_outside(strike: Strike, command: int) -> bool:
    """Strike the command, or a worker of its sweep; return whether it was there."""
    workers = [grandchild for child in children(command) for grandchild in children(child)]
    found = [command] if strike.part == "the command" else workers[:1]
    for process in found:
        os.kill(process, signal.Signals[strike.how])
    return bool(found)


def was_ready(journal: list[dict[str, Any]]) -> bool:
    """Say whether the strike came once the pod was ready; a job whose first pod does not start has failed."""
    names = [line["event"] for line in journal]
    return "Struck" not in names or "PodReady" in names[: names.index("Struck")]


@pytest.fixture
def mark() -> Iterator[str]:
    """Give the mark of a run; what a failed test leaves of the run is killed."""
    mark = secrets.token_hex(8)
    yield mark
    kill_all(marked(mark))


@pytest.mark.parametrize("strike", strikes(SEED), ids=str)
def test_a_kill_ends_in_a_verdict_or_one_sentence_and_leaves_nothing(strike: Strike, tmp_path: Path, mark: str) -> None:
    """No hang, no traceback, no process, no port, no folder; no step in a checkpoint is lost, and none is doubled."""
    # pytest shows it where the test fails
    print(f"repeat it: GATEWAY_SIM_CHAOS_SEED={SEED} python -m pytest -n0 -m chaos tests/chaos -k '{strike}'")
    ended = played(strike, tmp_path, mark)
    assert "Traceback" not in ended.err, ended.err
    if ended.status == -signal.SIGKILL:
        assert strike.part == "the command"
    elif ended.out:
        told = json.loads(ended.out)
        runs = told["runs"] if strike.words == SWEEP else [told]
        assert {run["verdict"] for run in runs} <= {"kept", "broken", "not_exercised"}
    else:
        assert ended.status == 1, ended.err
        (sentence,) = [line for line in ended.err.splitlines() if line.startswith("gateway-sim: ")]
        assert "defect of ours" not in sentence
        assert ended.err.splitlines()[-1] == sentence, ended.err
    assert faults(ended.journal) == []
    if strike.kept and was_ready(ended.journal):
        assert (ended.status, json.loads(ended.out)["verdict"]) == (0, "kept"), ended.out
        assert whole(ended.journal) == []
    assert within(GONE_WITHIN_S, lambda: not marked(mark)), f"processes are left: {marked(mark)}"
    assert list((tmp_path / "files").glob("*")) == []
    assert [folder for folder in ended.folders if Path(folder).exists()] == []
    assert [port for port in ended.ports if answers(port)] == []
