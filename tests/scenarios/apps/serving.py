"""A serving command as a process of a test's: its document, its end, and waiting for what it does."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.scenarios.documents import unlike


@contextlib.contextmanager
def serving(command: Sequence[str], ended_by: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """Run a command that serves with --json, and give its document; the signal ends it well.

    It starts as what a script's shell puts into the background does: with Ctrl-C ignored.
    """
    ignored = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=ignored
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert unlike(line) == []
        yield line
        process.send_signal(ended_by)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, said.strip()) == (0, "stopped; nothing was left running")


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False
