"""What serves ends with its terminal and with the shell that started it, and leaves no process and no file."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.scenarios.apps.serving import heed_hang_ups, serving, within

SERVE = [sys.executable, "-m", "gateway_sim", "serve", "healthy", "--json"]
SERVE += ["--set", "start_s=0.1", "--port", "0", "--gateway-port", "0", "--admin-port", "0"]
DYNAMODB = [sys.executable, "-m", "gateway_sim", "dynamodb", "--json", "--port", "0"]


def test_a_hang_up_of_its_terminal_ends_it() -> None:
    """As Ctrl-C does, with its last words."""
    with serving(DYNAMODB, signal.SIGHUP) as line:
        endpoint = json.loads(line)["endpoint"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(endpoint)


def processes_in(temporary: Path) -> list[int]:
    """Return the processes whose TMPDIR is this folder."""
    wanted, found = f"TMPDIR={temporary}".encode(), []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parts[2]))
    return found


@contextlib.contextmanager
def shell_that_dies(temporary: Path, started: str) -> Iterator[str]:
    """Run a shell that starts a command in its background, give the command's document, and kill the shell first."""
    shell = subprocess.Popen(
        ["bash", "-c", f"{started} & wait"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "TMPDIR": str(temporary)},
        preexec_fn=heed_hang_ups,
    )  # fmt: skip
    try:
        assert shell.stdout is not None
        line = shell.stdout.readline()
        shell.kill()
        shell.wait()
        yield line
    finally:
        for process in processes_in(temporary):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert shell.stdout is not None
        shell.stdout.close()


@pytest.mark.slow
def test_a_served_world_does_not_outlive_the_shell_that_started_it(tmp_path: Path) -> None:
    """The shell is killed without a word: gateway, pod and fork server end, and so do their folders."""
    with shell_that_dies(tmp_path, shlex.join(SERVE)) as line:
        served = json.loads(line)
        assert within(30.0, lambda: not processes_in(tmp_path)), "a process outlived its shell"
        assert list(tmp_path.glob("gateway-sim-*")) == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(served["admin"])


@pytest.mark.slow
def test_nohup_keeps_it_until_it_is_terminated(tmp_path: Path) -> None:
    """Neither the hang-up nor the end of the shell ends what was told to outlive them."""
    with shell_that_dies(tmp_path, f"nohup {shlex.join(DYNAMODB)}") as line:
        endpoint = json.loads(line)["endpoint"]
        (process,) = processes_in(tmp_path)
        os.kill(process, signal.SIGHUP)
        assert not within(2.0, lambda: not processes_in(tmp_path))
        assert httpx.get(f"{endpoint}/admin/replicas").status_code < 500
        os.kill(process, signal.SIGTERM)
        assert within(30.0, lambda: not processes_in(tmp_path))
