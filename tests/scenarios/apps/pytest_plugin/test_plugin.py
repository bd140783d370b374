"""The pytest plugin in another project: its own client, a mark, a verdict in its report."""

import shlex
from xml.etree import ElementTree

import pytest

from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.apps.cli.fault import _value
from gateway_sim.scenarios.apps.pytest_plugin.evidence import told
from gateway_sim.scenarios.apps.pytest_plugin.raced_stack import Injected
from gateway_sim.scenarios.apps.serve.fault_request import fault_request
from gateway_sim.scenarios.faults.next_reply import LostReply
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import undisturbed

pytest_plugins = ["pytester"]

CLIENT = """
import pytest
from gateway_sim.client import ReconnectableClient
from gateway_sim.client.sdk.errors import NotFoundError
from gateway_sim.scenarios.world.policies import client_policies
from gateway_sim.trainer_pod.text import batch

def train(stack, policy, steps=None, batches=None):
    batches = batches or stack.batches
    with ReconnectableClient.to(stack.job, stack.base_model, stack.lora_rank, base_url=stack.base_url,
                                api_key=stack.api_key, policy=client_policies()[policy]()) as client:
        for data in batches[:steps]:
            client.forward_backward(data)
            client.optim_step(stack.adam)
"""
UNDISTURBED = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:randomly")
QUICK = "steps=1, forward_backward_s=0.02, optim_step_s=0.01, start_s=0.1"


@pytest.fixture(autouse=True, scope="module")
def warm():
    """Import all that a run imports before pytester does: it forgets that again, and torch cannot come twice."""
    catalogue()
    undisturbed(Settings(steps=1), "cpu")


def played(pytester: pytest.Pytester, tests: str, *words: str) -> pytest.RunResult:
    """Run tests in a project of their own that has nothing but the plugin."""
    pytester.makepyfile(test_training=CLIENT + tests)
    return pytester.runpytest_inprocess("-p", "gateway_sim", *UNDISTURBED, *words)


def test_a_test_runs_once_in_each_world_and_is_held_to_the_promises(pytester):
    """Red under today's gateway, with sentence, replay lines and trace; green under one that asks the table."""
    ended = played(
        pytester,
        f"""
@pytest.mark.race("fresh-route", gateway=["not-found", "leased-generation"], lag_s=30, {QUICK})
def test_training(live_stack):
    train(live_stack, "plain")
    assert [type(done).__name__ for done in live_stack.ledger()] == ["GradientsAccumulated", "StepApplied"]
""",
        "--race-evidence=evidence",
        "--junitxml=report.xml",
    )
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines(
        [
            "*_ test_training?fresh-route-not-found? _*",
            "E *NotFoundError: *",
            "E *gateway-sim: fresh-route under not-found: broken",
            "E * s  the run finishes: the run died of NotFoundError on the connect leg: *",
            "E *again: pytest 'test_training.py::test_training?fresh-route-not-found?'",
            "E *gateway-sim run fresh-route --client plain --gateway not-found * --engine live *--seed 0",
            "E *trace: *evidence*trace.txt",
        ]
    )
    (folder,) = pytester.path.glob("evidence/test_training-fresh-route-not-found-*")
    assert "request refused" in (folder / "trace.txt").read_text()
    assert "a call on the connect leg gets a 404" in (folder / "timeline.html").read_text()
    red, green = ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    told = {found.get("name"): found.get("value", "") for found in red.iter("property")}
    assert told["gateway-sim.verdict"] == "broken"
    assert told["gateway-sim.violation"].startswith("the run finishes: the run died of NotFoundError")
    assert told["gateway-sim.replay"].startswith("gateway-sim run fresh-route")
    assert "the run finishes" in "".join(failure.text or "" for failure in red.iter("failure"))
    assert next(found.get("value") for found in green.iter("property")) == "kept"


@pytest.mark.slow
def test_what_a_passing_test_overlooks_fails_it(pytester):
    """The test's own asserts hold; a promise does not, and a race that never took place proves nothing.

    A test that trains on data of its own is not held to weights, which are unknown then.
    """
    ended = played(
        pytester,
        f"""
@pytest.mark.race(steps=2, {QUICK.removeprefix("steps=1, ")})
def test_half(live_stack):
    train(live_stack, "plain", steps=1)

@pytest.mark.race("fresh-route", stale=0, {QUICK})
def test_nothing(live_stack):
    train(live_stack, "plain", batches=[batch(9, 4, 32)])

@pytest.mark.race("job-deleted", think_s=0, steps=99, {QUICK.removeprefix("steps=1, ")})
def test_gone(live_stack):
    with pytest.raises((NotFoundError, ValueError)), live_stack.script():
        train(live_stack, "plain")
""",
    )
    ended.assert_outcomes(failed=2, passed=1)
    ended.stdout.fnmatch_lines(
        [
            "gateway-sim: healthy under not-found: broken",
            "* s  the weights equal the undisturbed run's: the run ended with weights *",
            "gateway-sim: fresh-route under not-found: the race did not take place",
            "*it never reached RouteMissed*",
        ]
    )
    # under CI pytest tells every failure once more, whole, in its summary
    told, _, _ = ended.stdout.str().partition("short test summary info")
    assert told.count("the weights equal the undisturbed run's:") == 1


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (
            "@pytest.mark.race(gateway='not-fond')\ndef test_it(live_stack): ...",
            "test_it: @pytest.mark.race: no gateway policy is called 'not-fond'; did you mean not-found?",
        ),
        (
            "@pytest.mark.race('fresh-route')\ndef test_it(): ...",
            "test_it names the race fresh-route and does not ask for live_stack: *",
        ),
    ],
)
def test_a_mark_that_cannot_be_meant_is_one_sentence(pytester, test, sentence):
    """Before anything is started, by name of the test: a wrong word, a race without the fixture."""
    ended = played(pytester, f"\n{test}\n")
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines([f"*test_training.py::{sentence}"])


@pytest.mark.slow
def test_the_lag_is_there_for_a_client_that_comes_late(pytester):
    """Two seconds of lag, and a client that needs longer before its first request."""
    ended = played(
        pytester,
        f"""
import time

@pytest.mark.race("fresh-route", gateway="leased-generation", stale=3, lag_s=2, {QUICK})
def test_late(live_stack):
    time.sleep(2.5)
    train(live_stack, "plain")
    assert any(type(entry.event).__name__ == "RouteMissed" for entry in live_stack.trace.entries)
""",
    )
    ended.assert_outcomes(passed=1)


def test_the_evidence_of_each_test_is_its_own_and_has_what_the_test_injected(pytester):
    """Two tests of one name; the faults with their times and arguments, as `gateway-sim fault` takes them."""
    ended = played(
        pytester,
        f"""
from gateway_sim.scenarios.faults.next_reply import LostReply
from gateway_sim.scenarios.faults.stale_route import StaleRoute

class TestOne:
    @pytest.mark.race({QUICK})
    def test_it(self, live_stack):
        live_stack.inject(StaleRoute(for_s=60, replicas=(0, 2)))
        live_stack.inject(LostReply("optim_step"))

class TestOther:
    @pytest.mark.race({QUICK})
    def test_it(self, live_stack): ...
""",
        "--race-evidence=evidence",
        "--junitxml=report.xml",
    )
    ended.assert_outcomes(failed=2)
    ended.stdout.re_match_lines(
        [
            r"  without the faults that the test injected, which a world of gateway-sim serve takes as:",
            r"    at \d+\.\d+ s, after 0 acknowledged steps: "
            r"gateway-sim fault stale-route --set for_s=60 --set 'replicas=\[0, 2\]'",
            r"    at \d+\.\d+ s, after 0 acknowledged steps: gateway-sim fault lost-reply --set route=optim_step",
        ]
    )
    assert len(list(pytester.path.glob("evidence/test_it-healthy-not-found-*/trace.txt"))) == 2
    told = [found.get("name") for found in ElementTree.parse(pytester.path / "report.xml").iter("property")]
    assert told.count("gateway-sim.injected") == 2


@pytest.mark.slow
def test_a_race_of_the_users_own_is_played_by_its_file(pytester):
    """It lives in the user's repository, and is judged by its own promises."""
    pytester.makepyfile(
        my_race="""
'''A race of my own.'''
from gateway_sim import Violation
from gateway_sim.scenarios.races import connect_at_once
from gateway_sim.scenarios.sim.events import RunStarted
from gateway_sim.scenarios.world.settings import Settings

def my_own_promise(trace):
    yield Violation("it was asked for", 0.0)

origin, settings, promises, must_reach, play = "mine", Settings(), [my_own_promise], [RunStarted], connect_at_once

def expected(pairing):
    return "broken"
"""
    )
    ended = played(
        pytester,
        f"""
@pytest.mark.race("my_race.py", {QUICK})
def test_mine(live_stack):
    train(live_stack, "plain")
""",
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["gateway-sim: my_race.py under not-found: broken", "*my own promise: it was asked for"])


def test_what_the_test_injected_is_what_the_command_injects():
    """The words of the evidence, read by the served world."""
    injected = Injected(1.0, LostReply("optim_step"), 2)
    words = dict(word.split("=") for word in shlex.split(told(injected)) if "=" in word)
    assert fault_request("lost-reply", {name: _value(word) for name, word in words.items()}) == injected.fault
