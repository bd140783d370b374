"""`gateway-sim contract`: a gateway of another team is held to the contract, as a process of its own."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.contract.clauses import names
from tests.scenarios.compare.port_contract.broken_parts import BROKEN

ROOT = Path(__file__).parents[4]
SMALL = shlex.join([sys.executable, str(ROOT / "tests/scenarios/engines/live/gateways/small_gateway.py")])
ITS_FAULTS = {
    "query", "encoded-path", "methods", "redirect", "answers-of-the-pod", "hop-by-hop-request", "end-to-end-answer",
    "bearer", "placeholder", "foreign-account", "form-of-401", "form-of-403", "form-of-a-miss",
    "form-of-a-bad-path", "form-of-502", "chunked-body", "streamed-answer",
}  # fmt: skip
"""What the small gateway of the tests leaves out of what is required."""


def status_of(*words: str) -> object:
    """Call the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["contract", *words])
    return ended.value.code


@pytest.mark.slow
def test_another_teams_gateway_is_told_what_it_misses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With what it did instead and which caller that harms; the same on a page."""
    page = tmp_path / "contract.md"
    assert status_of("--gateway-command", f"{SMALL} fixed", "--page", str(page), "--json") == 1
    (told,) = json.loads(capsys.readouterr().out)["gateways"]
    clauses = {one["clause"]: one for one in told["clauses"]}
    missed = {name for name, one in clauses.items() if one["result"] == "missed"}
    assert list(clauses) == list(names())
    assert told["holds"] + told["missed"] + told["not_applicable"] == len(clauses)
    assert {name for name in missed if clauses[name]["level"] == "required"} == ITS_FAULTS
    assert clauses["strong-read"]["result"] == "holds"
    assert clauses["coalesced"]["saw"] == "read the route strongly 10 times for 10 requests"
    assert f"| {clauses['query']['sentence']} | sent the query (none)" in page.read_text()


@pytest.mark.slow
def test_the_proposed_gateway_misses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Its holds are shorter here than by default."""
    assert status_of("--gateway", "leased-generation,longest_s=2") == 0
    out = capsys.readouterr().out
    assert f"{len(names())} of {len(names())} clauses hold" in out
    assert "missed" not in out
    assert "not applicable" not in out


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("crashes", "gateway instance gw-0 ended by itself with exit status 7"),
        ("writes", "gateway instance gw-0 sent PutItem to the route table"),
        ("ends", "before it answered on port"),
    ],
)
def test_a_gateway_that_cannot_be_held_to_it_is_named(
    fault: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence."""
    assert status_of("--gateway-command", f"{SMALL} {fault}") == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name your gateway with"),
        (("--gateway-command", "no-such-program"), "there is no program no-such-program"),
        (("--gateway-command", "true", "--gateway-url", "http://127.0.0.1:9"), "name your gateway once"),
        (("--gateway-url", "127.0.0.1:9"), "write an address without a path"),
        (("--gateway", "leased-generatio"), "did you mean leased-generation?"),
        (("--gateway", "hold,longest=3"), "no setting of hold is called 'longest'"),
        (("--gateway", "hold", "--page", "no/such/folder.md"), "there is no folder"),
    ],
)
def test_words_that_are_off_are_refused(words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to write instead."""
    assert status_of(*words) == 2
    assert says in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_conformance_names_the_command_for_a_gateway(capsys: pytest.CaptureFixture[str]) -> None:
    """The two words are close."""
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "--gateway-command", SMALL])
    assert ended.value.code == 2
    assert "gateway-sim contract" in " ".join(capsys.readouterr().err.replace("│", " ").split())


LAST_WORD = "tests.scenarios.orchestration.parts.test_parts:LastWord"


def test_a_part_is_told_what_it_misses_of_its_port(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it did instead, and what goes wrong with it; exit 1."""
    assert status_of("registry", "--part", LAST_WORD, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    (held,) = told["parts"]
    missed = {one["clause"] for one in held["clauses"] if one["result"] == "missed"}
    assert (told["port"], held["part"]) == ("registry", LAST_WORD)
    assert {"an-old-read-is-refused", "one-first-move", "moved-and-back", "a-move-is-read"} <= missed
    assert held["holds"] + held["missed"] == len(held["clauses"])


def test_our_own_part_is_held_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    """In virtual time, and it misses nothing."""
    assert status_of("gate") == 0
    assert "10 of 10 clauses hold" in capsys.readouterr().out


def test_a_missed_help_alone_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """An optional clause helps a person."""
    assert status_of("limit", "--part", "limit=tests.scenarios.apps.cli.test_contract:without_reaping") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "13 of 14 clauses hold; missed: 0 required, 1 optional" in told


def without_reaping(sandbox: object, **words: object) -> object:
    """Make the limit whose takers do not look for ended leases."""
    return BROKEN["limit"]["a-taker-reaps"].make(sandbox, **words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["registri"], "no port is called 'registri'; did you mean registry?"),
        (
            ["--part", "mlflow"],
            "name the port that mlflow fills: checkpoints, dataset, gate, image, limit, loader, lock, "
            "registry, scheduler",
        ),
        (["gate", "--gateway", "not-found"], "a port's contract is for parts; leave the options of gateways out"),
        (["gate", "--part", "acme:gate"], "ModuleNotFoundError: No module named 'acme'"),
    ],
)
def test_words_of_a_port_that_are_off_are_refused(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit 2, before anything is held."""
    assert status_of(*words) == 2
    assert says in " ".join(capsys.readouterr().err.split())


def test_conformance_of_a_port_is_called_contract(capsys: pytest.CaptureFixture[str]) -> None:
    """Conformance measures SDKs."""
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "registry"])
    assert ended.value.code == 2
    assert "`gateway-sim contract registry` holds a part" in " ".join(capsys.readouterr().err.split())
