"""Errors as a person meets them: what it was and what to do, in one sentence, and no traceback unless asked for."""

import errno
import os
import socket
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from gateway_sim.scenarios.apps.advice import NOT_AS_EXPECTED, WORDS_OFF, advice
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live.forkserver import ForkDied
from gateway_sim.scenarios.sim.errors import UnknownWord


def refused(number, path=None):
    """Return the error by which the system refuses."""
    return OSError(number, os.strerror(number), path)


def said(capsys, *words):
    """Call the command line, and return its exit status and what it said on stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            refused(errno.ENOSPC, "trace.txt"),
            "No space left on device: trace.txt; free some space, or name a file on another disk",
        ),
        (refused(errno.EADDRINUSE), "perhaps a stack that runs already: stop it, or name another port"),
        (refused(errno.EACCES, "/etc/trace.txt"), "/etc/trace.txt; name a place that you may write to"),
        (refused(errno.EMFILE), "ulimit -n"),
        (ModuleNotFoundError("", name="torch"), "torch is not installed; run: pip install 'gateway-sim[lab]'"),
        (
            ModuleNotFoundError("", name="deltalake.table"),
            "deltalake is not installed; run: pip install 'gateway-sim[orche",
        ),
        (ModuleNotFoundError("", name="distributed"), "run: pip install 'gateway-sim[cluster]'"),
        (ModuleNotFoundError("", name="moto.core"), "moto is not installed; run: pip install 'gateway-sim[lab]'"),
        (BrokenProcessPool(), "run it again with --jobs 1"),
        (ForkDied("torch could not be loaded"), "torch could not be loaded"),
        (ExceptionGroup("", [refused(errno.ENOSPC)]), "free some space, or let TMPDIR name a folder on another disk"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_a_person_can_mend_says_how(error, sentence):
    """The system's refusals, a library that is missing, a worker that died."""
    told = advice(error)
    assert sentence in told.sentence
    assert told.status == NOT_AS_EXPECTED
    assert "\n" not in told.sentence


def test_a_wrong_word_is_exit_2():
    """With the nearest right one, as every command says it."""
    told = advice(UnknownWord("race", "helthy", ["healthy"]))
    assert (told.status, told.sentence) == (WORDS_OFF, "no race is called 'helthy'; did you mean healthy?")


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["verfy"], "did you mean verify?"),
        (["run", "healthy", "--clint", "plain"], "--client"),
        (["sdk", "instal"], "did you mean install?"),
        (["run", "fresh-rout"], "did you mean fresh-route?"),
        (["run", "healthy", "--client", "exactly-onc"], "did you mean exactly-once?"),
        (["run", "healthy", "--gateway", "not-fond"], "did you mean not-found?"),
        (["run", "healthy", "--set", "lagg=3"], "did you mean lag_s?"),
        (["run", "healthy", "--html", "x", "--against", "hold,longest=3"], "did you mean longest_s?"),
        (["run", "healthy", "--html", "x", "--against", "hold,deadline=3"], "check_every_s, longest_s, retry_after_s"),
        (["run", "healthy", "--html", "x", "--against", "not-found,wait_s=3"], "there are: none"),
        (["run", "healthy", "--engine", "live", "--dynamodb-endpoint", "localhost"], "write a URL"),
    ],
    ids=" ".join,
)
def test_every_wrong_word_is_answered_with_the_nearest(capsys, words, nearest):
    """A command, an option, a name, a setting; exit 2 and no traceback."""
    status, told = said(capsys, *words)
    assert status == 2
    assert nearest in told
    assert "Traceback" not in told


def test_a_port_in_use_is_one_sentence():
    """As the system tells it of a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use") as met:
        socket.create_server(taken.getsockname())
    assert "stack that runs already" in advice(met.value).sentence


@pytest.mark.slow
def test_no_torch_is_one_sentence():
    """In a process of its own that cannot import it."""
    blocked = (
        "import sys; sys.modules['torch'] = None; "
        "from gateway_sim.scenarios.apps.cli import main; main(['run', 'healthy'])"
    )
    ended = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=60)
    assert ended.returncode == NOT_AS_EXPECTED
    assert ended.stderr.splitlines()[-1].startswith(
        "gateway-sim: torch is not installed; run: pip install 'gateway-sim[lab]'"
    )
    assert "Traceback" not in ended.stderr


def test_a_defect_says_so_and_shows_its_traceback_only_under_debug(capsys, monkeypatch):
    """Its reader learns what to report, its developer where it happened."""

    def breaks(*args: object) -> None:
        raise KeyError("which")

    monkeypatch.setattr("gateway_sim.scenarios.apps.cli.catalogue.catalogue", breaks)
    status, told = said(capsys, "list")
    assert status == NOT_AS_EXPECTED
    assert told == (
        "gateway-sim: a defect of ours: KeyError: 'which'; run the same with --debug for the traceback, and please"
        " report it\n"
    )
    with pytest.raises(KeyError):
        main(["list", "--debug"])
