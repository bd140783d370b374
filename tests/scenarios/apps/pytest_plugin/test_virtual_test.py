"""A raced test in virtual time: in a process of its own, and reported as if it had run here, by a real pytest."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.apps.pytest_plugin.virtual_test import DEBUGGER
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import undisturbed

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[4]
CLIENT = """
import asyncio
import os
import time
import pytest

async def train(stack, post, patience_s=0):
    async def call(verb, **body):
        while True:
            status, told = await post(f"{stack.trainer_url}/api/v1/{verb}", body)
            if status == 404 and patience_s:
                await asyncio.sleep(patience_s)
            elif status != 408:
                assert status == 200, told
                return await call("retrieve_future", request_id=told["request_id"]) if "request_id" in told else told

    session = (await call("create_session", tags=[], user_metadata={}))["session_id"]
    lora = {"base_model": stack.base_model, "lora_config": {"rank": stack.lora_rank}}
    model = {"model_id": (await call("create_model", session_id=session, model_seq_id=0, **lora))["model_id"]}
    for step, batch in enumerate(stack.batches):
        data = {"data": batch, "loss_fn": "cross_entropy"}
        await call("forward_backward", forward_backward_input=data, seq_id=2 * step + 1, **model)
        await call("optim_step", adam_params=stack.adam, seq_id=2 * step + 2, **model)

def train_with_httpx(stack, patience_s=0):
    import httpx
    with httpx.Client(headers={"X-API-Key": stack.api_key}, timeout=45) as http:
        async def post(url, body):
            answer = http.post(url, json=body)
            return answer.status_code, answer.json()
        asyncio.run(train(stack, post, patience_s))

virtual = {"engine": "virtual", "steps": 1}
"""


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """Import all that a run imports before pytester does: it forgets that again, and torch cannot come twice."""
    catalogue()
    undisturbed(Settings(steps=1), "cpu")


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a repository of its own that finds this project, and a client of its own beside the tests."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(client_of_mine=CLIENT)
    return pytester


def played(repository: pytest.Pytester, tests: str, *words: str) -> pytest.RunResult:
    """Run tests with nothing but the plugin and the words' plugins."""
    repository.makepyfile(test_training="from client_of_mine import *\n" + tests)
    mine = [word for word in ("asyncio", "randomly") if word not in words]
    off = [part for word in mine for part in ("-p", f"no:{word}")]
    words = tuple(word for word in words if word != "asyncio")
    return repository.runpytest_inprocess("-p", "gateway_sim", *off, "--junitxml=report.xml", "-rA", *words)


def digests(report: Path) -> dict[str | None, str]:
    """Return the digest of each test's run."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        told = {each.get("name"): each.get("value", "") for each in case.iter("property")}
        found[case.get("name")] = told["gateway-sim.digest"]
    return found


def test_a_test_is_played_and_judged_in_virtual_time(repository: pytest.Pytester) -> None:
    """It passes, breaks a promise, fails by itself, proves nothing; and the session keeps its clocks and sockets."""
    ended = played(
        repository,
        """
import requests

@pytest.mark.race("fresh-route", stale=3, **virtual)
def test_waits_ninety_seconds(live_stack, tmp_path, record_property):
    began_s = time.monotonic()
    with requests.Session() as http:
        http.headers["X-API-Key"] = live_stack.api_key
        async def post(url, body):
            answer = http.post(url, json=body, timeout=45)
            if answer.status_code == 404:
                time.sleep(90)
            return answer.status_code, answer.json()
        asyncio.run(train(live_stack, post, 1))
    assert 90 < time.monotonic() - began_s < 100
    assert [type(done).__name__ for done in live_stack.ledger()] == ["GradientsAccumulated", "StepApplied"]
    (tmp_path / "file").write_text("is the process's own")
    print("what it printed")
    record_property("mine", "a property")

@pytest.mark.race("job-deleted", think_s=0, engine="virtual")
def test_overlooks(live_stack):
    with pytest.raises(AssertionError), live_stack.script():
        train_with_httpx(live_stack)

@pytest.mark.race("fresh-route", stale=3, **virtual)
def test_gives_up(live_stack):
    train_with_httpx(live_stack)

@pytest.mark.race("fresh-route", stale=0, **virtual)
def test_proves_nothing(live_stack):
    train_with_httpx(live_stack)

@pytest.mark.race("fresh-route", **virtual)
def test_hangs(live_stack):
    time.sleep(1e6)

@pytest.mark.race(forward_backward_s=0.02, optim_step_s=0.01, start_s=0.1, steps=1)
def test_live(live_stack):
    train_with_httpx(live_stack)

def test_the_session_is_untouched():
    import random, socket
    assert abs(time.time() - os.stat(__file__).st_mtime) < 3600
    assert type(time.sleep) is type(len)
    socket.create_server(("127.0.0.1", 0)).close()
    asyncio.run(asyncio.sleep(0))
""",
        "--race-evidence=evidence",
    )
    ended.assert_outcomes(passed=4, failed=3)
    ended.stdout.fnmatch_lines(
        [
            "*_ test_gives_up?fresh-route-not-found? _*",
            "E *AssertionError: {'type': 'urn:gateway-sim:route-not-found'*",
            "gateway-sim: fresh-route under not-found: broken",
            "* s  the run finishes: the run died of AssertionError on the connect leg: *",
            "  again: pytest 'test_training.py::test_gives_up?fresh-route-not-found?'",
            "  the same world with the laboratory's own client: gateway-sim run fresh-route * --seed 0",
            "  trace: *evidence*trace.txt",
            "*_ test_proves_nothing?fresh-route-not-found? _*",
            "  because no replica lags (stale=0)*",
            ">       time.sleep(1e6)",
            "E       Failed: gateway-sim: the test still ran after 300 s (limit_s)",
            "* 301.000 s  the run finishes: the run had not ended after 301 s and 0 requests",
            "what it printed",
        ]
    )
    assert '<property name="mine" value="a property"' in (repository.path / "report.xml").read_text()
    (trace,) = repository.path.glob("evidence/test_waits*/trace.txt")
    assert "route missed" in trace.read_text()


@pytest.mark.slow
def test_a_test_means_in_virtual_time_what_it_means_to_pytest(repository: pytest.Pytester) -> None:
    """Classes, parameters, fixtures of the repository, skips, expected failures, faults, and clean-up."""
    repository.makeconftest("""
import pytest

@pytest.fixture(scope="session")
def made():
    return "made"

@pytest.fixture
def live_stack(live_stack):
    yield live_stack

@pytest.fixture
def breaks():
    raise ValueError("it broke at once")

@pytest.fixture
def breaks_later():
    yield
    raise ValueError("it broke later")
""")
    ended = played(
        repository,
        """
import torch
from gateway_sim.scenarios.faults.next_reply import LostReply

healthy = pytest.mark.race(**virtual)

class TestOfAClass:
    @healthy
    @pytest.mark.parametrize("size", [1, 2])
    def test_passes(self, made, size, live_stack):
        train_with_httpx(live_stack)
        assert (made, torch.ones(size).sum()) == ("made", size)

@healthy
def test_goes_on_after_its_script(live_stack):
    with live_stack.script():
        train_with_httpx(live_stack)
    time.sleep(20)
    assert "RunFinished" in [entry.name for entry in live_stack.trace.entries]

@healthy
def test_injects(live_stack):
    live_stack.inject(LostReply("optim_step"))

@healthy
def test_is_skipped(live_stack):
    pytest.skip("not today")

@healthy
@pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
def test_is_expected_to_fail(live_stack):
    1 / 0

@healthy
@pytest.mark.xfail(raises=ValueError)
def test_fails_in_another_way(live_stack):
    1 / 0

@healthy
@pytest.mark.flaky(reruns=1)
def test_runs_again(live_stack):
    train_with_httpx(live_stack)
    pytest.fail("still wrong", pytrace=False)

@healthy
def test_has_no_fixture(live_stack, breaks): ...

@healthy
def test_has_trouble_later(live_stack, breaks_later):
    train_with_httpx(live_stack)

@healthy
def test_asks_too_much(live_stack):
    live_stack.plan

@healthy
def test_dies(live_stack):
    os.kill(os.getpid(), 9)

@pytest.mark.race(most_requests=20, **virtual)
def test_asks_too_often(live_stack):
    import httpx
    while True:
        httpx.get(live_stack.base_url)

@healthy
def test_waits_for_nothing(live_stack):
    import threading
    threading.Event().wait()
""",
    )
    ended.assert_outcomes(passed=3, failed=9, skipped=1, xfailed=1)
    told = ended.stdout.str()
    for line in (
        "ValueError: it broke at once",
        "ValueError: it broke later",
        'live_stack has no plan in virtual time; set engine="live" if the test needs it',
        "in virtual time: its process died",
        "in virtual time: the test still ran after 20 requests (most_requests)",
        "gateway-sim: every thread of the test waits, and for nothing that can come",
        "after 0 acknowledged steps: gateway-sim fault lost-reply --set route=optim_step",
        "not today",
        "1 rerun",
    ):
        assert line in told, line
    # a test that did not begin is not judged
    failed_setup = told.partition("it broke at once")[2].partition("_ test_")[0]
    assert "the race did not take place" not in failed_setup


@pytest.mark.slow
def test_an_async_test_runs_on_a_loop_of_the_world(repository: pytest.Pytester) -> None:
    """Under pytest-asyncio with aiohttp, and under anyio with httpx."""
    pytest.importorskip("pytest_asyncio")
    ended = played(
        repository,
        """
import aiohttp
import httpx

race = pytest.mark.race("fresh-route", stale=3, **virtual)

@pytest.fixture
def anyio_backend():
    return "asyncio"

@race
@pytest.mark.asyncio
async def test_aiohttp(live_stack):
    async with aiohttp.ClientSession(headers={"X-API-Key": live_stack.api_key}) as http:
        async def post(url, body):
            async with http.post(url, json=body) as answer:
                return answer.status, await answer.json()
        await train(live_stack, post, 90)

@race
@pytest.mark.anyio
async def test_httpx(live_stack, anyio_backend):
    async with httpx.AsyncClient(headers={"X-API-Key": live_stack.api_key}, timeout=45) as http:
        async def post(url, body):
            answer = await http.post(url, json=body)
            return answer.status_code, answer.json()
        await train(live_stack, post, 90)

@race
@pytest.mark.asyncio
async def test_hangs(live_stack):
    await asyncio.Event().wait()
""",
        "asyncio",
        "-oasyncio_default_fixture_loop_scope=function",
    )
    ended.assert_outcomes(passed=2, failed=1)
    ended.stdout.fnmatch_lines(
        ["E *Failed: gateway-sim: every thread of the test waits, and for nothing that can come"]
    )


@pytest.mark.slow
def test_a_seed_is_one_run_whatever_the_hash_seed_and_in_a_worker_of_xdist(repository: pytest.Pytester) -> None:
    """In fresh sessions, with pytest-randomly in one; different seeds are different runs."""
    repository.makepyfile(
        test_training="""
import random
from client_of_mine import *

@pytest.mark.race("fresh-route", stale=3, seeds=6, **virtual)
def test_survives(live_stack):
    train_with_httpx(live_stack, 5 + random.random())
"""
    )
    found = []
    for seed, words in (("1", ["-p", "no:randomly"]), ("2", ["-n1"])):
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        told = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "gateway_sim", f"--junitxml={seed}.xml", *words],
            capture_output=True, text=True, timeout=300, cwd=repository.path, env=environ,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout
        found.append(digests(repository.path / f"{seed}.xml"))
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 6


@pytest.mark.slow
def test_what_cannot_be_played_is_one_sentence(repository: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that asks the outside when it is imported, a test that never waits, a debugger."""
    monkeypatch.setattr("gateway_sim.scenarios.engines.guest.process.TURN_WITHIN_S", 3.0)
    tests = """
@pytest.mark.race(**virtual)
def test_never_waits(live_stack):
    while time.monotonic() < 60:
        pass
"""
    ended = played(repository, tests)
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        ["*::test_never_waits?* in virtual time: it did not wait for 3 s of real time; it ran at File *_training.py*"]
    )
    asks = """
import socket
if "gateway_sim_guest" in sys.modules:
    socket.create_connection(("example.com", 80))
"""
    ended = played(repository, "import sys\n" + asks + tests)
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        ["*::test_never_waits?* cannot be collected in virtual time: *", "*cannot have a connection to 'example.com'*"]
    )
    assert "the race did not take place" not in ended.stdout.str()
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "gateway_sim", "--pdb"],
        capture_output=True, text=True, timeout=120, cwd=repository.path, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert DEBUGGER.format("test_training.py::test_never_waits[healthy-not-found]") in told.stdout
