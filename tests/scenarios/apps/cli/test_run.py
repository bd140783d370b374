"""`gateway-sim run`, as a person calls it: words in, a document and an exit status out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.run import sweep as sweeping
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.workers import SweepEnded, Workers

HELD = ("--gateway", "route-not-ready", "--set", "retry_after_s=1", "--set", "hold_poll_s=1")


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    """Call a command with --json and return its document; stdout holds nothing else."""
    assert call(*words, "--json") == status
    return json.loads(capsys.readouterr().out)


def test_todays_gateway_crashes_a_fresh_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The race as the PRs met it: a 404, a dead run, and that is what is expected."""
    run = told(capsys, "run", "fresh-route", "--client", "plain", "--gateway", "not-found")
    assert (run["outcome"], run["error"]["status"], run["verdict"], run["expected"]) == (
        "crashed", 404, "broken", "broken",
    )  # fmt: skip
    assert run["violations"][0]["promise"] == "the run finishes"


def test_a_503_that_says_when_to_come_back_saves_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The proposal, with both settings, finishes the same world's run."""
    run = told(capsys, "run", "fresh-route", "--client", "plain", *HELD)
    assert (run["outcome"], run["verdict"], run["error"]) == ("completed", "kept", None)
    assert run["settings"] == {"retry_after_s": "1", "hold_poll_s": "1"}
    assert run["metrics"]["steps_applied"] == run["metrics"]["steps_intended"] == 3


def test_a_blanket_retry_waits_ninety_seconds_for_a_deleted_job(capsys: pytest.CaptureFixture[str]) -> None:
    """PR 344 cannot tell gone from stale: 2 + 4 + 8 + 16 + 30 + 30 s; PR 348 asks, and fails at once."""
    blanket = told(capsys, "run", "job-deleted", "--client", "blanket-404")
    verified = told(capsys, "run", "job-deleted", "--client", "warmup-verified")
    spent_s = blanket["metrics"]["finished_s"] - verified["metrics"]["finished_s"]
    assert blanket["outcome"] == "gave_up"
    assert verified["outcome"] == "failed_fast"
    assert 85 < spent_s < 95


def test_the_replay_line_replays(capsys: pytest.CaptureFixture[str]) -> None:
    """The line a run prints gives the same digest, settings and all."""
    first = told(capsys, "run", "incident-344", "--client", "warmup-verified", *HELD, "--seed", "7")
    again = told(capsys, *first["replay"].split()[1:])
    assert again["digest"] == first["digest"]
    assert again["replay"] == first["replay"]


def test_many_seeds_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """With random balancing some seeds finish and some do not, and the document says how many."""
    shares = told(
        capsys, "run", "fresh-route", "--set", "order=random", "--set", "stale=1", "--seeds", "8", status=1
    )  # fmt: skip
    assert len(shares["runs"]) == 8
    assert 0 < shares["finished"] < 8
    assert shares["finished"] == sum(run["outcome"] == "completed" for run in shares["runs"])
    assert {run["seed"] for run in shares["runs"]} == set(range(8))


def test_a_changed_world_has_no_expectation(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody measured a world with another lag; it is held to its promises, and exits by them."""
    run = told(capsys, "run", "healthy", "--set", "steps=2")
    assert run["expected"] is None
    assert run["metrics"]["steps_applied"] == 2


def test_a_trace_is_written_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--trace F` writes aligned text to F and the same events as JSON lines beside it."""
    text = tmp_path / "race.txt"
    assert call("run", "fresh-route", "--trace", str(text)) == 0
    assert str(text) in capsys.readouterr().err.replace("\n", "")
    lines = text.read_text().splitlines()
    schema, *events = [json.loads(line) for line in text.with_suffix(".jsonl").read_text().splitlines()]
    assert schema == {"schema": "gateway-sim/trace/1"}
    assert len(lines) == len(events)
    assert [event["event"] for event in events].count("RouteMissed") == sum("route missed" in line for line in lines)
    assert {line.index(events[0]["source"]) for line in lines[:1]} == {12}


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("run", "fresh-rote"), "did you mean fresh-route?"),
        (("run", "healthy", "--client", "plan"), "did you mean plain?"),
        (("run", "healthy", "--gateway", "route-not-redy"), "did you mean route-not-ready?"),
        (("run", "healthy", "--sdk", "tinker0.15"), "did you mean tinker-0.15?"),
        (("run", "healthy", "--balance", "per-conection"), "did you mean per-connection?"),
        (("run", "healthy", "--engine", "vitrual"), "did you mean virtual?"),
        (("run", "healthy", "--set", "lag=3"), "did you mean lag_s?"),
        (("run", "healthy", "--set", "lag_s=1", "--set", "lag_s=2"), "lag_s is set twice; say it once"),
        (
            ("run", "healthy", "--set", "retry_after_s=1"),
            "gateway route-not-ready, gateway tell-gone-from-stale; none of them takes part here",
        ),
        (("run", "healthy", "--set", "bogus=1"), "`gateway-sim list` names them"),
        (("run", "healthy", "--set", "lora_rank=1000000000"), "it must be at most 256"),
        (("run", "healthy", "--set", "steps=99999999999"), "it must be at most 100,000"),
        (("run", "healthy", "--trace", "t.jsonl"), "name the text: trace.txt"),
        (("run", "healthy", "--set", "lag_s=soon"), "it must be a number"),
        (("run", "healthy", "--set", "stale=9"), "only 3 replicas"),
        (("run", "healthy", "--set", "steps"), "name=value"),
        (("run", "healthy", "--dynamodb-endpoint", "http://127.0.0.1:1"), "--engine live"),
        (("run", "healthy", "--seeds", "2", "--trace", "t.txt"), "--seed"),
        (("run", "healthy", "--html", "no/such/folder/t.html"), "there is no folder"),
        (("run", "healthy", "--seeds", "2", "--html", "t.html"), "--seed"),
        (("run", "healthy", "--against", "hold"), "write --html or --perfetto too"),
        (("run", "healthy", "--html", "t.html", "--against", "holt"), "did you mean hold?"),
        (("run", "preempt-resume", "--perfetto", "t.json"), "has --html"),
        (("run", "healthy", "--trace", "no/such/folder/t.txt"), "there is no folder"),
        (("run", "healthy", "--seed", "-1"), "--seed: "),
        (("run", "preempt-resume", "fixed"), "a setting is --set NAME=VALUE"),
        (("run", "healthy", "lag_s=3"), "a setting is --set lag_s=3"),
        (("rnu", "healthy"), "did you mean run?"),
    ],
)
def test_words_that_are_off_get_the_nearest_right_one(
    words: tuple[str, ...], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout, and a sentence that says what to write instead."""
    assert call(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert advice in " ".join(shown.err.replace("│", " ").split())


def test_a_page_and_a_perfetto_trace_are_left_where_they_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs of one world beside each other: the second under the gateway named, with settings of its own."""
    page, trace = tmp_path / "page.html", tmp_path / "perfetto.json"
    words = (
        "--html",
        str(page),
        "--perfetto",
        str(trace),
        "--against",
        "route-not-ready,retry_after_s=1,hold_poll_s=1",
    )
    run = told(capsys, "run", "fresh-route", "--set", "think_s=0.5", *words, status=1)
    assert run["gateway"] == "not-found"
    shown = page.read_text()
    assert "fresh-route: plain under not-found, plain under route-not-ready" in shown
    assert "--set think_s=0.5 --set retry_after_s=1 --set hold_poll_s=1" in shown
    assert len({event["pid"] for event in json.loads(trace.read_text())["traceEvents"]}) == 2


def test_one_seed_and_many_seeds_are_not_both_given(capsys: pytest.CaptureFixture[str]) -> None:
    """One of the two would be ignored."""
    with pytest.raises(SystemExit) as ended:
        main(["run", "healthy", "--seeds", "3", "--seed", "2"])
    assert ended.value.code == 2
    assert "--seeds 3 runs seeds 0 to 2, and --seed 2 one; give one of them" in capsys.readouterr().err


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (SweepEnded("the dask scheduler went away"), 1, "the dask scheduler went away; the results until then:"),
    ],
)
def test_many_seeds_that_are_stopped_show_those_that_were_played(
    after: int,
    end: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The table of the seeds so far, no page, and the exit status of Ctrl-C or of a loss."""

    def ended(specs: list[RunSpec], workers: Workers, **_: object) -> Iterator[RunResult]:
        yield from map(run, specs[:after])
        raise end

    monkeypatch.setattr(sweeping, "sweep", ended)
    page = tmp_path / "page.html"
    words = ("run", "rollback-forgets", "--seeds", "5", "--html", str(page))
    assert call(*words) == status
    shown = capsys.readouterr()
    assert f"Stopped after {after} of 5 runs." in shown.out
    assert f"of {after} kept every promise" in shown.out
    assert said in shown.err
    assert not page.exists()
    document = told(capsys, *words, status=status)
    assert (document["stopped"], len(document["runs"])) == (True, after)
