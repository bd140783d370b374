"""A user's own gateway in live races: broken and kept as this project's own, and nothing left running."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.engines.live.gateways.gateway import free_ports, variables
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from tests.scenarios.documents import unlike

GATEWAY = Path(__file__).with_name("small_gateway.py")
SHORT = ("--set", "lag_s=4", "--set", "steps=1")


def ended(race: str, how: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a race behind the small gateway in a process of its own; no instance is left."""
    command = shlex.join([sys.executable, str(GATEWAY), *how.split()])
    line = [sys.executable, "-m", "gateway_sim", "run", race, "--gateway-command", command, "--json", *words]
    over = subprocess.run(line, capture_output=True, text=True, timeout=120)
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if how_of(path) == how.split()]
    assert left == []
    return over


def how_of(process: Path) -> list[str] | None:
    """Return the arguments of an instance of the small gateway; None for another process."""
    try:
        words = process.read_text().rstrip("\0").split("\0")
    except OSError:
        return None
    return words[words.index(str(GATEWAY)) + 1 :] if str(GATEWAY) in words else None


def raced(race: str, how: str, *words: str) -> dict[str, Any]:
    """Return the document of a race behind the small gateway."""
    over = ended(race, how, *words)
    assert over.stdout, over.stderr
    assert unlike(over.stdout) == []
    document: dict[str, Any] = json.loads(over.stdout)
    return document


@pytest.mark.slow
def test_the_race_breaks_todays_gateway_as_it_breaks_ours() -> None:
    """The same promises, the same error on the same leg; the run took place."""
    theirs, ours = raced("fresh-route", "", *SHORT), run(RunSpec("fresh-route")).document()
    assert theirs["own_gateway"]["command"].endswith("small_gateway.py")
    for document in (theirs, ours):
        assert (document["verdict"], document["outcome"]) == ("broken", "crashed")
        assert (document["error"]["status"], document["error"]["leg"]) == (404, "connect")
    assert {v["promise"] for v in theirs["violations"]} == {v["promise"] for v in ours["violations"]}
    assert theirs["expected"] is None


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fixed", "fixed forgets"])
@pytest.mark.parametrize("balance", ["per-connection", "per-request"])
def test_a_strong_read_on_a_miss_keeps_the_race(how: str, balance: str) -> None:
    """Also of a gateway that drops headers it does not know."""
    document = raced("fresh-route", how, *SHORT, "--balance", balance)
    assert (document["verdict"], document["outcome"], document["violations"]) == ("kept", "completed", [])
    assert document["metrics"]["strong_reads"] > 0


@pytest.mark.sdk
@pytest.mark.parametrize(("how", "verdict"), [("", "broken"), ("fixed", "kept")])
def test_an_sdk_meets_the_same_race_behind_it(how: str, verdict: str) -> None:
    """tinker itself, as with this project's gateway."""
    assert raced("fresh-route", how, *SHORT, "--sdk", "tinker-0.15", "--driver", "sdk")["verdict"] == verdict


@pytest.mark.slow
def test_a_gateway_that_polls_the_table_breaks_too() -> None:
    """It reads nothing on a request; its answers tell that it missed. Its copy is late besides, so the lag is long."""
    document = raced("fresh-route", "polls", "--set", "lag_s=60", "--set", "steps=1")
    assert (document["verdict"], document["error"]["status"], document["error"]["leg"]) == ("broken", 404, "connect")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("race", "how", "words", "verdict"),
    [
        ("poll-404", "", (), "broken"),
        ("lost-reply-then-404", "", (), "broken"),
        ("poll-404", "fixed", ("--client", "exactly-once"), "kept"),
    ],
)
def test_faults_strike_a_foreign_gateway(race: str, how: str, words: tuple[str, ...], verdict: str) -> None:
    """A route that its replicas lose, and a pod's answer that is lost behind it."""
    document = raced(race, how, *words)
    assert document["verdict"] == verdict, document


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("writes", r"gateway instance gw-\d sent PutItem to the route table gateway-sim-routes-\w+; a gateway only"),
        ("crashes", r"gateway instance gw-\d ended by itself with exit status 7; it wrote no output"),
        ("ends", r"gateway instance gw-\d \(.*\) ended with exit status 1 .*: the configuration has no upstream"),
    ],
)  # fmt: skip
def test_a_gateway_that_cannot_be_raced_ends_the_run_in_one_sentence(how: str, sentence: str) -> None:
    """It names the instance; the exit status is 1, and there is no verdict."""
    over = ended("healthy", how)
    assert (over.returncode, over.stdout) == (1, "")
    last = over.stderr.strip().splitlines()[-1]
    assert re.fullmatch(f"gateway-sim: {sentence}.*", last), over.stderr


def test_the_ports_of_instances_differ() -> None:
    """They are free at the same time."""
    assert len(set(free_ports(64))) == 64


def test_an_instance_is_told_where_everything_is() -> None:
    """Each variable of the contract; keys as JSON."""
    told = variables("gw-1", 4000, "127.0.0.1:4001", "routes", "127.0.0.1:4002")
    assert json.loads(told["GATEWAY_API_KEYS"])["tml-gateway-sim"] == "acme"
    assert (told["PORT"], told["GATEWAY_REPLICA"], told["ROUTE_TABLE"]) == ("4000", "gw-1", "routes")
    assert told["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:4001"
    assert told["CONTROL_PLANE_URL"] == "http://127.0.0.1:4002"
