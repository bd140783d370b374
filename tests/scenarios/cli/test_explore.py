"""`gateway-sim explore`: one command, a document, an exit code, and Ctrl-C keeps what was found."""

from __future__ import annotations

import json
import signal

import pytest

from scenarios.cli import main
from scenarios.explore import search as search_module

WORDS = ["explore", "fresh-route", "--client", "warmup-verified", "--jobs", "1", "--json"]


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_search_that_finds_a_violation_exits_1_with_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but JSON on stdout; the rate is said on stderr."""
    status, out, err = called(capsys, *WORDS, "--seeds", "3")
    document = json.loads(out)
    assert status == 1
    assert (document["explored"], document["stopped"]) == (3, False)
    assert document["broken"] == len(document["violations"]) > 0
    assert "a second" in err


def test_a_search_that_finds_none_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Some world put the promises to the test, and all were kept."""
    call = ["explore", "fresh-route", "--client", "exactly-once", "--gateway", "leased-generation"]
    status, out, _ = called(capsys, *call, "--seeds", "4", "--jobs", "1")
    assert status == 0
    assert "4 worlds explored" in out


def test_words_that_are_off_exit_2_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest valid name."""
    status, out, err = called(capsys, "explore", "fresh-rout")
    assert (status, out) == (2, "")
    assert "did you mean fresh-route?" in err


def test_ctrl_c_keeps_what_was_found(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The worlds until then are counted, and the document says that it was stopped."""
    play = search_module.explore_seed

    def interrupted(search, seed, *, twice):
        if seed == 2:
            signal.raise_signal(signal.SIGINT)
        return play(search, seed, twice=twice)

    monkeypatch.setattr(search_module, "explore_seed", interrupted)
    status, out, err = called(capsys, *WORDS, "--seeds", "9")
    document = json.loads(out)
    assert status == 130
    assert (document["explored"], document["stopped"]) == (2, True)
    assert "nothing was left running" in err
