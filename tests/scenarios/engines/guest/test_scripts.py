"""A user's own script trains in virtual time, unmodified: whatever it sends with, and with its own threads."""

import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_sim.client.events import CallAnswered
from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.guest.user import sdk_guest
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import Program, RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import OutsideRefused, ScriptPrinted
from gateway_sim.scenarios.world.builder import World

GUESTS = Path(__file__).parent / "guests"


def played(script: Path | str, race: str = "fresh-route", *argv: str, **words: object) -> RunResult:
    """Play a race with a script of the folder of guests, or another one."""
    path = GUESTS / script if isinstance(script, str) else script
    return run(RunSpec(race, program=Program(str(path), argv), **words))  # type: ignore[arg-type]


def lines(result: RunResult, stream: str = "stdout") -> list[str]:
    """Return what the script printed."""
    return [entry.event.text for entry in result.trace.of(ScriptPrinted) if entry.event.stream == stream]


@pytest.fixture
def script(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Give a function that writes a script."""

    def written(text: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(text)
        return path

    return written


@pytest.mark.parametrize("name", ["with_requests.py", "with_httpx.py", "with_aiohttp.py", "with_threads.py"])
def test_a_script_survives_the_race_in_virtual_time(name: str) -> None:
    """It waits out the 404s, and every promise that can be judged is kept; the same seed is the same run."""
    first, second = played(name), played(name)
    assert (first.outcome, first.verdict) == ("completed", "kept"), first.violations
    assert first.metrics.steps_applied == 2
    assert first.digest == second.digest
    assert played(name, seed=1).digest != first.digest


@pytest.fixture
def no_real_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop a guest whose turn takes 30 s of real time: a sleep that is not the world's would last longer."""
    monkeypatch.setattr("gateway_sim.scenarios.engines.guest.process.TURN_WITHIN_S", 30.0)


@pytest.mark.usefixtures("no_real_sleep")
def test_a_sleep_of_ninety_seconds_takes_ninety_seconds_of_the_world_and_none_of_ours() -> None:
    """The script is refused, sleeps and tries again."""
    result = played("with_requests.py")
    assert "trained" in lines(result)
    assert any(line.endswith("404") for line in lines(result))
    assert result.metrics.finished_s is not None
    assert result.metrics.finished_s > 90


@pytest.mark.slow
def test_a_script_has_one_digest_whatever_the_hash_seed() -> None:
    """In fresh processes, on the command line."""
    digests = set()
    for seed in ("1", "2"):
        words = ["run", "fresh-route", "--script", str(GUESTS / "with_threads.py"), "--seed", "3", "--json"]
        told = subprocess.run(
            [sys.executable, "-m", "gateway_sim", *words],
            capture_output=True, text=True, timeout=120, env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            cwd=Path(__file__).parents[4],
        )  # fmt: skip
        document = json.loads(told.stdout)
        assert document["program"]["script"].endswith("with_threads.py")
        digests.add(document["digest"])
    assert len(digests) == 1


def test_a_script_has_its_arguments_its_variables_and_a_seeded_chance(script) -> None:  # type: ignore[no-untyped-def]
    """And what it prints is in the trace."""
    path = script(
        "import os, random, sys, uuid, secrets\n"
        "print(sys.argv[1:], os.environ['GATEWAY_SIM_JOB'], __name__)\n"
        "print(random.random(), uuid.uuid4(), secrets.token_hex(4), random.Random().random())\n"
        "print('oh', file=sys.stderr)\n"
    )
    first, second = (played(path, "healthy", "--steps", "3") for _ in range(2))
    assert lines(first)[0] == "['--steps', '3'] job-1 __main__"
    assert lines(first)[1] == lines(second)[1]
    assert lines(first)[1] != lines(played(path, "healthy", "--steps", "3", seed=1))[1]
    assert lines(first, "stderr") == ["oh"]


@pytest.mark.usefixtures("no_real_sleep")
def test_every_clock_is_the_worlds(script) -> None:  # type: ignore[no-untyped-def]
    """Those of `time`, of `datetime`, of asyncio and of a thread's wait."""
    path = script(
        "import asyncio, datetime, threading, time\n"
        "began, day = time.monotonic(), datetime.datetime.now()\n"
        "time.sleep(100)\n"
        "asyncio.run(asyncio.sleep(100))\n"
        "threading.Event().wait(100)\n"
        "print(round(time.monotonic() - began), round((datetime.datetime.now() - day).total_seconds()))\n"
        "print(datetime.datetime.now(datetime.timezone.utc).year, time.strftime('%Y'))\n"
        "print(isinstance(day, datetime.datetime))\n"
    )
    result = played(path, "healthy")
    assert lines(result) == ["300 300", "2023 2023", "True"]
    assert result.outcome == "completed"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import urllib.request; urllib.request.urlopen('http://example.com')", "a connection to 'example.com'"),
        ("import subprocess; subprocess.run(['ls'])", "a process of its own (subprocess)"),
        ("import subprocess; subprocess.Popen(['git', 'log'], preexec_fn=print)", "a process of its own (subprocess)"),
        ("import os; os.fork()", "a process of its own (os.fork)"),
        (
            "import multiprocessing as m; m.get_context('spawn').Process(target=print).start()",
            "a process of its own (multiprocessing)",
        ),
        ("import http.client; http.client.HTTPSConnection('platform', 8003).request('GET', '/')", "TLS"),
        ("import asyncio; asyncio.run(asyncio.open_connection('platform', 8003, ssl=True))", "TLS"),
        ("import socket; socket.socket(socket.AF_UNIX)", "a file socket (AF_UNIX)"),
        ("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "a socket other than TCP (SOCK_DGRAM)"),
        ("import socket; socket.create_server(('', 0))", "a server of its own"),
    ],
)
def test_the_outside_is_refused_by_name(script, text: str, told: str) -> None:  # type: ignore[no-untyped-def]
    """The program gets a sentence that says what to do, and so does the reader of the run."""
    result = played(script(text), "healthy")
    assert result.outcome == "crashed"
    (refused,) = {entry.event.what for entry in result.trace.of(OutsideRefused)}
    assert told in refused
    assert "--engine live" in refused


def test_a_program_that_only_reports_on_the_code_runs_for_real(script, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A training script asks git for its revision; the answer takes no virtual time, and a failure is git's own."""
    path = script(
        textwrap.dedent(f"""\
        import subprocess, time
        began = time.monotonic()
        folder = {str(tmp_path)!r}
        subprocess.run(["git", "init", "-q", "repository"], cwd=folder, check=True)
        run = subprocess.run(["git", "rev-parse", "--is-inside-work-tree"], cwd=folder + "/repository", text=True,
                             capture_output=True, check=True)
        print(run.returncode, run.stdout.strip(), run.stderr)
        print(subprocess.check_output("git --version", shell=True)[:4])
        try:
            subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], check=True, capture_output=True)
        except subprocess.CalledProcessError as failed:
            print(failed.returncode, b"not a git repository" in failed.stderr)
        print(time.monotonic() - began)
        """)
    )
    result = played(path, "healthy")
    assert lines(result) == ["0 true ", "b'git '", "128 True", "0.0"]
    assert not result.trace.reached(OutsideRefused)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("raise ValueError('no')", "ValueError", "ValueError: no"),
        ("import sys; sys.exit(3)", "SystemExit", "the script ended with exit status 3"),
        ("import no_such_package", "ModuleNotFoundError", "No module named 'no_such_package'"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "GuestDied", "its process died"),
        ("import os; os._exit(3)", "SystemExit", "the script ended with exit status 3"),
        ("import threading; threading.Event().wait()", "Deadlock", "every thread of the program waits"),
        ("this is no Python", "SyntaxError", "invalid syntax"),
    ],
)
def test_how_a_script_ends_is_the_runs_error(script, text: str, kind: str, message: str) -> None:  # type: ignore[no-untyped-def]
    """One sentence each."""
    result = played(script(text), "healthy")
    assert result.error is not None
    assert result.error.type == kind
    assert message in result.error.message


def test_a_script_that_prints_megabytes_ends_and_keeps_its_first_lines(script) -> None:  # type: ignore[no-untyped-def]
    """The trace says how many more there were."""
    result = played(script("for n in range(50_000): print(n, 'x' * 100)"), "healthy")
    assert result.outcome == "completed"
    assert lines(result)[-1] == "... and 49000 more lines"


@pytest.mark.slow
def test_a_script_that_never_waits_is_stopped_and_says_where_it_loops(
    script,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    """Its clock stands still as long as it computes."""
    monkeypatch.setattr("gateway_sim.scenarios.engines.guest.process.TURN_WITHIN_S", 3.0)
    result = played(script("import time\nwhile time.monotonic() < 60:\n    pass\n"), "healthy")
    assert result.error is not None
    assert "it did not wait for 3 s of real time" in result.error.message
    assert "script.py" in result.error.message


def test_a_script_that_is_not_there_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """And so is an interpreter."""
    with pytest.raises(SettingsRefused, match="there is no such file"):
        played(tmp_path / "none.py")
    with pytest.raises(SettingsRefused, match="there is no such interpreter"):
        run(RunSpec("healthy", program=Program(__file__, (), "/no/python")))


def test_what_a_script_printed_before_it_died_is_kept(script) -> None:  # type: ignore[no-untyped-def]
    """A signal ends it within a turn; its output is in the trace all the same."""
    path = script("import os, signal\nprint('last words', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert lines(played(path, "healthy")) == ["last words"]


def test_a_script_ends_as_an_interpreter_does(script) -> None:  # type: ignore[no-untyped-def]
    """Threads that are no daemons are waited for, then the functions of `atexit` are called."""
    path = script(
        "import atexit, threading, time\n"
        "atexit.register(print, 'at exit')\n"
        "threading.Thread(target=lambda: (time.sleep(5), print('the thread'))).start()\n"
        "print('the script')\n"
    )
    assert lines(played(path, "healthy")) == ["the script", "the thread", "at exit"]


SEND = "GET /v1/accounts HTTP/1.1\\r\\nHost: x\\r\\nX-Api-Key: %s\\r\\nConnection: close\\r\\n\\r\\n"


@pytest.mark.parametrize(
    "text",
    [
        "import selectors\n"
        "known = selectors.DefaultSelector()\n"
        "known.register(sock, selectors.EVENT_READ)\n"
        "assert known.select(0) == []\n"
        "assert len(known.select()) == 1\n",
        "import select\n"
        "assert select.select([sock], [], [], 0) == ([], [], [])\n"
        "assert select.select([sock], [sock], [])[1] == [sock]\n"
        "assert select.select([sock], [], [])[0] == [sock]\n",
        "sock.setblocking(False)\ntry:\n    sock.recv(1)\nexcept BlockingIOError:\n    sock.settimeout(5)\n",
    ],
    ids=["selectors", "select", "non-blocking"],
)
def test_a_bare_socket_waits_as_a_real_one(script, text: str) -> None:  # type: ignore[no-untyped-def]
    """Nothing is there at first; the answer arrives after the world's latency."""
    path = script(
        "import os, socket\n"
        "from urllib.parse import urlsplit\n"
        "at = urlsplit(os.environ['GATEWAY_SIM_BASE_URL'])\n"
        "sock = socket.create_connection((at.hostname, at.port), timeout=5)\n"
        f"sock.sendall(('{SEND}' % os.environ['GATEWAY_SIM_API_KEY']).encode())\n"
        f"{text}"
        "answer = sock.makefile('rb').read()\n"
        "print(answer.split(b' ')[1].decode())\n"
    )
    result = played(path, "healthy")
    assert lines(result) == ["200"], result.error


def test_what_a_script_replaces_is_refused_beside_it() -> None:
    """Another client, and a story, which has no gateway."""
    program = Program(str(GUESTS / "with_httpx.py"))
    with pytest.raises(SettingsRefused, match="brings its own client"):
        run(RunSpec("healthy", client="exactly-once", program=program))
    with pytest.raises(SettingsRefused, match=r"--script .* means nothing"):
        run(RunSpec("preempt-resume", program=program))


def test_the_whole_output_is_kept_beside_the_trace(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    """The trace keeps its first lines, and the files beside it all of it."""
    path, trace = script('import sys\nfor n in range(3000): print("line", n)\nsys.exit("no")'), tmp_path / "t.txt"
    with pytest.raises(SystemExit) as left:
        main(["run", "healthy", "--script", str(path), "--trace", str(trace)])
    assert left.value.code == 1
    assert "line 2999" not in trace.read_text()
    assert trace.with_suffix(".stdout").read_text().splitlines() == [f"line {n}" for n in range(3000)]
    assert trace.with_suffix(".stderr").read_text() == "no\n"
    assert str(trace.with_suffix(".stderr")) in capsys.readouterr().err.replace("\n", "")


def test_an_sdk_that_cannot_be_imported_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's error names the missing module."""
    monkeypatch.setattr(SdkEnvironment, "python", property(lambda self: Path(sys.executable)))
    missing = SdkEnvironment("tinker-none", "tinker", ("tinker",))
    result = run_plan(replace(race_plan(RunSpec("healthy")), user_of=sdk_guest(missing)))
    assert result.outcome == "crashed"
    assert result.error is not None
    assert "No module named 'tinker'" in result.error.message


ON_ONE_CONNECTION = """
import http.client, os, time
from urllib.parse import urlsplit
at = urlsplit(os.environ["GATEWAY_SIM_BASE_URL"])
connection = http.client.HTTPConnection(at.hostname, at.port, timeout=45)

def ask():
    connection.request("GET", "/v1/accounts", headers={"X-Api-Key": os.environ["GATEWAY_SIM_API_KEY"]})
    answer = connection.getresponse()
    answer.read()
    print(answer.status)

ask()
time.sleep(IDLE_S)
connection.auto_open = False
ask()
"""


@pytest.mark.parametrize(
    ("idle_s", "restarts", "end"),
    [(50, False, None), (70, False, "RemoteDisconnected"), (5, True, "ConnectionResetError")],
    ids=["kept", "idle for too long", "restarted"],
)
def test_a_connection_ends_as_a_servers_does(script, idle_s: int, restarts: bool, end: str | None) -> None:  # type: ignore[no-untyped-def]
    """uvicorn keeps an idle one for 60 s, and a restart of the gateway resets it."""

    async def play(world: World) -> None:
        await world.start_job()
        run = world.start_training()
        await world.until(CallAnswered)
        if restarts:
            world.inject(GatewayRestart(for_s=1.0))
        await run

    race = replace(races.load("healthy"), promises=(), must_reach=(), play=play)
    program = Program(str(script(ON_ONE_CONNECTION.replace("IDLE_S", str(idle_s)))))
    result = run_plan(race_plan(RunSpec("healthy", program=program), race=race))
    assert lines(result) == (["200", "200"] if end is None else ["200"])
    assert (result.error and result.error.type) == end
