"""The judgement at the end of a test: however the test ends, and whatever runs it. Each test plays a real pytest."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import undisturbed

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[4]
QUICK = "steps=1, forward_backward_s=0.02, optim_step_s=0.01, start_s=0.1"
CLIENT = f"""
import time
import httpx
import pytest
from gateway_sim.scenarios.faults.stale_route import StaleRoute

quick = dict({QUICK})

async def train(stack):
    key = {{"X-API-Key": stack.api_key}}
    async with httpx.AsyncClient(base_url=stack.trainer_url, headers=key, timeout=45) as http:
        async def call(verb, **body):
            told = (await http.post(f"api/v1/{{verb}}", json=body)).raise_for_status().json()
            while "request_id" in told:
                answer = await http.post("api/v1/retrieve_future", json={{"request_id": told["request_id"]}})
                if answer.status_code != 408:
                    return answer.raise_for_status().json()
            return told

        session = (await call("create_session", tags=[], user_metadata={{}}))["session_id"]
        model = {{"base_model": stack.base_model, "lora_config": {{"rank": stack.lora_rank}}}}
        told = await call("create_model", session_id=session, model_seq_id=0, **model)
        for step, batch in enumerate(stack.batches):
            data = {{"data": batch, "loss_fn": "cross_entropy"}}
            named = {{"model_id": told["model_id"]}}
            await call("forward_backward", forward_backward_input=data, seq_id=2 * step + 1, **named)
            await call("optim_step", adam_params=dict(stack.adam), seq_id=2 * step + 2, **named)
"""
OVERLOOKED = """
@pytest.mark.race("fresh-route", **quick)
def test_silent(live_stack): ...
"""


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """Import all that a run imports before pytester does: it forgets that again, and torch cannot come twice."""
    catalogue()
    undisturbed(Settings(steps=1), "cpu")


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a repository of its own that finds this project."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


def played(repository: pytest.Pytester, tests: str, *words: str) -> pytest.RunResult:
    """Run tests with nothing but the plugin and the words' plugins."""
    repository.makepyfile(test_training=CLIENT + tests)
    mine = [word for word in ("asyncio", "randomly") if word not in words]
    off = [part for word in mine for part in ("-p", f"no:{word}")]
    words = tuple(word for word in words if word != "asyncio")
    return repository.runpytest_inprocess("-p", "gateway_sim", *off, "--race-evidence=evidence", *words)


def traces(repository: pytest.Pytester, name: str = "") -> list[Path]:
    """Return the traces that the tests of this name left."""
    return sorted(repository.path.glob(f"evidence/{name}*/trace.txt"))


@pytest.mark.slow
def test_an_async_test_is_judged_when_its_coroutine_has_run(repository):
    """Under anyio: a kept world, an overlooked one, and a fault that is injected from inside the running loop."""
    ended = played(
        repository,
        """
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.race(**quick)
async def test_trains(live_stack):
    with live_stack.script():
        await train(live_stack)
    assert len(live_stack.ledger()) == 2

@pytest.mark.race(**quick)
async def test_silent(live_stack): ...

@pytest.mark.race(**quick)
async def test_injects(live_stack):
    live_stack.inject(StaleRoute(for_s=30))
    await train(live_stack)
""",
    )
    ended.assert_outcomes(passed=1, failed=2)
    ended.stdout.fnmatch_lines(
        [
            "*because the client sent no request: *",
            "E *the run died of HTTPStatusError on the connect leg: *404 Not Found*",
            "E *at *, after 0 acknowledged steps: gateway-sim fault stale-route --set for_s=30*",
        ]
    )


@pytest.mark.slow
def test_an_async_test_of_pytest_asyncio_is_judged_too(repository):
    """One that trains, one that overlooks, one that hangs in its loop until its limit."""
    pytest.importorskip("pytest_asyncio")
    ended = played(
        repository,
        """
import asyncio

pytestmark = pytest.mark.asyncio

@pytest.mark.race(**quick)
async def test_trains(live_stack):
    await train(live_stack)

@pytest.mark.race(**quick)
async def test_silent(live_stack): ...

@pytest.mark.race(**quick, limit_s=1)
async def test_hangs(live_stack):
    await asyncio.sleep(60)
""",
        "asyncio",
        "-oasyncio_default_fixture_loop_scope=function",
    )
    ended.assert_outcomes(passed=1, failed=2)
    ended.stdout.fnmatch_lines(
        [
            "*because the client sent no request: *",
            "E *gateway-sim: the test still ran after 1 s (limit_s)",
        ]
    )


@pytest.mark.slow
def test_a_test_that_hangs_or_never_asks_is_judged_and_the_first_failure_ends_the_session(repository):
    """The limit is told, and what the world saw until then; `-x` loses nothing of it."""
    ended = played(
        repository,
        f"""
@pytest.mark.race(**quick, limit_s=1)
def test_hangs(live_stack):
    time.sleep(60)
{OVERLOOKED}
@pytest.mark.race(**quick)
def test_exits(live_stack):
    raise SystemExit("no training today")
""",
        "--maxfail=2",
    )
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines(
        [
            "E *Failed: gateway-sim: the test still ran after 1 s (limit_s)",
            "E *the run finishes: the run had not ended after 1 s and 0 requests",
            "gateway-sim: fresh-route under not-found: the race did not take place",
            "  because the client sent no request: *",
            "*stopping after 2 failures*",
        ]
    )
    assert len(traces(repository)) == 2


@pytest.mark.slow
def test_every_way_to_end_is_judged_but_a_skip(repository):
    """An error, `pytest.fail` with and without a traceback, `sys.exit`, a test that is expected to fail."""
    ended = played(
        repository,
        """
pytestmark = pytest.mark.race(**quick)

def test_fails(live_stack):
    pytest.fail("of itself", pytrace=False)

def test_exits(live_stack):
    raise SystemExit("no training today")

def test_skips(live_stack):
    pytest.skip("of itself")

@pytest.mark.xfail(strict=True)
def test_silent(live_stack): ...
""",
    )
    ended.assert_outcomes(failed=2, skipped=1, xfailed=1)
    ended.stdout.fnmatch_lines(
        [
            "of itself",
            "gateway-sim: healthy under not-found: *",
            "E *SystemExit: no training today",
            "E *gateway-sim: *",
        ]
    )
    assert [len(traces(repository, name)) for name in ("test_fails", "test_exits", "test_skips", "test_silent")] == [
        1, 1, 0, 1
    ]  # fmt: skip


@pytest.mark.slow
def test_the_limit_of_another_plugin_is_judged_too(repository):
    """pytest-timeout interrupts the test; what the world saw is told beside its sentence."""
    pytest.importorskip("pytest_timeout")
    ended = played(
        repository,
        """
@pytest.mark.race(**quick)
@pytest.mark.timeout(5, func_only=True)
def test_hangs(live_stack):
    time.sleep(60)
""",
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["E *Failed: Timeout (>5.0s) from pytest-timeout.", "E *gateway-sim: healthy under *"])


@pytest.mark.slow
def test_each_attempt_of_a_test_that_runs_again_has_its_evidence(repository):
    """And its properties once, in the report of the attempts."""
    pytest.importorskip("pytest_rerunfailures")
    ended = played(repository, OVERLOOKED, "--reruns=1", "--junitxml=report.xml")
    ended.stdout.fnmatch_lines(["*1 failed, 1 rerun*"])
    first, second = (trace.parent.name for trace in traces(repository))
    assert second == f"{first}-2"
    assert (repository.path / "report.xml").read_text().count("gateway-sim.verdict") == 2


@pytest.mark.slow
def test_many_processes_have_ports_and_evidence_of_their_own(repository):
    """Two workers, four tests; two of them have one name."""
    for name in ("one", "other"):
        folder = repository.path / name
        folder.mkdir()
        (folder / "test_same.py").write_text(
            f"{CLIENT}\n@pytest.mark.race(**quick)\n@pytest.mark.parametrize('n', [1, 2])\n@pytest.mark.anyio\n"
            "async def test_same(live_stack, n, anyio_backend_name):\n    await train(live_stack)\n"
            "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
        )
    ended = repository.runpytest_subprocess(
        "-p", "gateway_sim", "-n2", "--import-mode=importlib", "--race-evidence=evidence"
    )
    ended.assert_outcomes(passed=4)
    assert len(traces(repository, "test_same")) == 4


def left_behind(mark: str) -> list[str]:
    """Return the processes that have the mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def hear_ctrl_c():
    """Let a child obey Ctrl-C also where a shell that started the tests in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
def test_ctrl_c_tells_what_the_world_saw_and_leaves_nothing_behind(repository):
    """pytest makes no report of an interrupted test; the evidence stands at the end of the session."""
    repository.makepyfile(
        test_training=CLIENT
        + """
import pathlib

@pytest.mark.race(**quick)
def test_hangs(live_stack):
    pathlib.Path("began").touch()
    time.sleep(60)
"""
    )
    mark = f"GATEWAY_SIM_TEST_OF={repository.path}"
    environ = {**os.environ, "GATEWAY_SIM_TEST_OF": str(repository.path)}
    words = [sys.executable, "-m", "pytest", "-p", "gateway_sim", "--race-evidence=evidence"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True, preexec_fn=hear_ctrl_c
    ) as started:
        while not (repository.path / "began").exists():
            assert started.poll() is None, started.communicate()
            time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        said, _ = started.communicate(timeout=60)
    assert started.returncode == pytest.ExitCode.INTERRUPTED
    assert "gateway-sim: interrupted" in said
    assert "the run finishes: the run died of KeyboardInterrupt" in said
    assert "because the client sent no request" in said
    assert len(traces(repository)) == 1
    assert left_behind(mark) == []
