"""One instance of a user's gateway: ready, or one sentence with its name and last words; nothing of it is left."""

import asyncio
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.engines.live.gateways import instance as instances
from gateway_sim.scenarios.engines.live.gateways.gateway import free_ports
from gateway_sim.scenarios.engines.live.gateways.instance import (
    GatewayCrashed,
    GatewayInstance,
    GatewayNotReady,
    RunningInstance,
)
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.events import GatewayEnded, GatewayStarted

SERVES = """
    import os, signal, socket, subprocess, sys, time
    def serve(port=int(os.environ["PORT"]), answer=b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n", most=10**9):
        listening = socket.create_server(("127.0.0.1", port))
        for _ in range(most):
            connection = listening.accept()[0]
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()
"""


class Lab:
    """One instance that runs a program, and what was told of it."""

    def __init__(self, program: str, ready: str | None = None) -> None:
        code = textwrap.dedent(SERVES) + textwrap.dedent(program)
        self.told: list[Any] = []
        self.crashes: list[GatewaySimError] = []
        self.output: list[str] = []
        self.port = free_ports(1)[0]
        command = [sys.executable, "-S", "-E", "-c", code]
        self.instance = GatewayInstance(
            "gw-3", command, {"PORT": str(self.port)}, "127.0.0.1", self.port, ready, self.output, self.told.append,
            self.crashes.append,
        )  # fmt: skip

    def play(self, *acts: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Start the instance, do the acts, and kill it; no process of it is left."""

        async def played() -> int:
            try:
                await self.instance.start()
                assert self.instance._process is not None
                session = self.instance._process.pid
                for act in acts:
                    await act()
                return session
            finally:
                await self.instance.kill()

        session = asyncio.run(played())
        assert has_ended(session)

    def refusal(self) -> str:
        """Return why the instance was not ready."""
        with pytest.raises(GatewayNotReady) as refused:
            self.play()
        said = str(refused.value)
        assert said.startswith("gateway instance gw-3 (")
        assert self.told == []
        return said

    async def ended(self) -> None:
        """Wait until the instance has ended by itself."""
        while not self.crashes:  # noqa: ASYNC110 - the instance tells by a call
            await asyncio.sleep(0.01)


def has_ended(session: int) -> bool:
    """Wait until no process of a session runs: the system takes a moment to end those that were killed."""
    end = time.monotonic() + 10.0
    while of_session(session) and time.monotonic() < end:
        time.sleep(0.05)
    return not of_session(session)


def of_session(session: int) -> list[int]:
    """Return the processes of a session that run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if words[0] != "Z" and int(words[3]) == session:
            found.append(int(stat.parent.name))
    return found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second for an instance."""
    monkeypatch.setattr(instances, "START_WITHIN_S", 1.0)
    monkeypatch.setattr(instances, "STOP_WITHIN_S", 0.3)


def test_an_instance_starts_stops_and_starts_again_at_its_address() -> None:
    """A fresh process each time, with an order to end in between."""
    lab = Lab("print('ready', flush=True); serve()")

    async def again() -> None:
        await lab.instance.stop()
        await lab.instance.start()

    lab.play(again)
    address = f"127.0.0.1:{lab.port}"
    assert lab.told == [
        GatewayStarted("gw-3", address), GatewayEnded("gw-3", "by SIGTERM"),
        GatewayStarted("gw-3", address), GatewayEnded("gw-3", "by SIGKILL"),
    ]  # fmt: skip
    assert "".join(lab.output) == "ready\n" * 2
    assert lab.crashes == []


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("sys.exit('no upstream')", "ended with exit status 1 before it answered on port PORT; "
         "its last output: no upstream"),
        ("os._exit(0)", "ended with exit status 0 before it answered on port PORT; it wrote no output"),
        ("os.kill(os.getpid(), 11)", "ended with signal 11 before it answered on port PORT; it wrote no output"),
        ("sys.stdout.write('x' * 9_000_000 + 'the end'); sys.exit(3)", "xthe end"),
        ("for n in range(100_000): print('line', n)\nsys.exit(3)", "line 99999"),
        ("sys.stdout.buffer.write(b'\\xff\\xfe'); sys.exit(3)", "its last output: \ufffd\ufffd"),
        ("serve(answer=b'SSH-2.0-OpenSSH_9.2\\r\\n')", "with something that is not HTTP"),
    ],
    ids=["exits", "exits-silently", "dies-of-a-signal", "no-newline", "many-lines", "no-UTF-8", "garbage"],
)  # fmt: skip
def test_an_instance_that_ends_or_is_no_gateway_is_one_sentence(program: str, sentence: str) -> None:
    """At once, without the wait for one that is slow; with its last words."""
    lab = Lab(program)
    assert sentence.replace("port PORT", f"port {lab.port}").replace("of PORT", f"of {lab.port}") in lab.refusal()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "ready", "sentence"),
    [
        ("print('dozing', flush=True); time.sleep(60)", None,
         "did not listen on port PORT within 5 s: take the port from the variable PORT; its last output: dozing"),
        ("serve(port=0)", None, "of PORT: take the port from the variable PORT"),
        ("serve(answer=b'HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n')", "/healthz",
         "listens on port PORT, but did not answer GET /healthz with success within 5 s"),
        ("s = socket.create_server(('127.0.0.1', int(os.environ['PORT']))); time.sleep(60)", None,
         "listens on port PORT, but did not answer any request with success within 5 s"),
    ],
    ids=["never-listens", "elsewhere", "never-ready", "accepts-nothing"],
)  # fmt: skip
def test_an_instance_that_started_and_is_not_ready_in_time_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, program: str, ready: str | None, sentence: str
) -> None:
    """It says what was found instead of an answer; the process has time to start on a busy machine."""
    monkeypatch.setattr(instances, "START_WITHIN_S", 5.0)
    lab = Lab(program, ready)
    assert sentence.replace("port PORT", f"port {lab.port}").replace("of PORT", f"of {lab.port}") in lab.refusal()


@pytest.mark.parametrize(
    "program",
    [
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "subprocess.Popen(['sleep', '60'], start_new_session=False); time.sleep(60)",
    ],
    ids=["ignores-SIGTERM", "has-a-child"],
)
def test_an_instance_that_does_nothing_in_time_is_one_sentence(impatient: None, program: str) -> None:
    """It says that nothing listens, whatever the process does instead."""
    lab = Lab(program)
    assert f"did not listen on port {lab.port} within 1 s: take the port from the variable PORT" in lab.refusal()


@pytest.mark.parametrize("status", [b"404 Not Found", b"302 Found", b"500 Error"])
def test_any_answer_is_ready_where_no_path_was_named(status: bytes) -> None:
    """A gateway need not have a page at its root."""
    lab = Lab(
        f"serve(answer=b'HTTP/1.1 {status.decode()}\\r\\nlocation: /elsewhere\\r\\ncontent-length: 0\\r\\n\\r\\n')"
    )
    lab.play()
    assert isinstance(lab.told[0], GatewayStarted)


def test_an_instance_that_ends_by_itself_later_ends_the_run() -> None:
    """With its name, its status and its last words; the trace says it too."""
    lab = Lab("serve(most=1); print('out of memory', flush=True); os._exit(7)")
    lab.play(lab.ended)
    how = "by itself with exit status 7; its last output: out of memory"
    assert lab.told[1:] == [GatewayEnded("gw-3", how)]
    [crash] = lab.crashes
    assert isinstance(crash, GatewayCrashed)
    assert str(crash) == f"gateway instance gw-3 ended {how}"


def test_the_last_words_are_the_last_though_the_output_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that logs for hours keeps no memory, and its end is still explained."""
    monkeypatch.setattr(instances, "KEPT_CHARACTERS", 10)
    lab = Lab("serve(most=1); print('y' * 100_000); print('disk full', flush=True); os._exit(7)")
    lab.play(lab.ended)
    assert "".join(lab.output) == "y" * 10
    assert "disk full" in str(lab.crashes[0])


def test_an_instance_that_ignores_an_order_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the wait that a deployment has too; that is no crash."""
    monkeypatch.setattr(instances, "STOP_WITHIN_S", 0.3)
    lab = Lab("signal.signal(signal.SIGTERM, signal.SIG_IGN); serve()")
    lab.play(lab.instance.stop)
    assert lab.told[1:] == [GatewayEnded("gw-3", "by SIGTERM")]
    assert lab.crashes == []


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_children_that_outlive_an_instance_end_with_it(verb: str) -> None:
    """They hold its output open, and would hold its port."""
    lab = Lab("subprocess.Popen(['sleep', '60']); serve()")
    lab.play(getattr(lab.instance, verb))


def test_an_instance_inherits_nothing_that_leads_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile, proxy or endpoint of the shell; the rest of it, such as PATH, is there."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy", "MINE"):
        monkeypatch.setenv(name, "http://elsewhere")
    lab = Lab("print(sorted(n for n, v in os.environ.items() if v == 'http://elsewhere'), flush=True); serve()")
    lab.play()
    assert "".join(lab.output).strip() == "['MINE']"


def test_the_instances_end_with_a_laboratory_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL leaves no chance to end them; the keeper of each does it."""
    test, port = Path(__file__), free_ports(1)[0]
    program = tmp_path / "lab.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import asyncio, sys
            from gateway_sim.scenarios.engines.live.gateways.instance import GatewayInstance
            command = [sys.executable, "-S", "-c", sys.argv[1]]
            async def main():
                told = {{"PORT": "{port}"}}
                gateway = GatewayInstance("gw-0", command, told, "127.0.0.1", {port}, None, [], print, print)
                await gateway.start()
                print(gateway._process.pid, flush=True)
                await asyncio.sleep(60)
            asyncio.run(main())
            """
        )
    )
    code = textwrap.dedent(SERVES) + "subprocess.Popen(['sleep', '60'])\nserve()"
    run = [sys.executable, str(program), code]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, cwd=test.parents[5]) as lab:
        assert lab.stdout is not None
        assert "GatewayStarted" in lab.stdout.readline()
        session = int(lab.stdout.readline())
        assert len(of_session(session)) == 3
        lab.kill()
    assert has_ended(session)


def test_an_address_without_a_server_is_one_sentence(impatient: None) -> None:
    """Of a user's own: the laboratory neither starts nor ends it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    running = RunningInstance("gw-1", f"http://127.0.0.1:{port}/", {}, None)
    with pytest.raises(GatewayNotReady) as refused:
        asyncio.run(running.start())
    assert str(refused.value) == f"gateway instance gw-1 at http://127.0.0.1:{port} did not answer within 1 s"
    for verb in (running.stop, running.kill):
        with pytest.raises(GatewaySimError, match="you run it; name its command with --gateway-command"):
            asyncio.run(verb())
