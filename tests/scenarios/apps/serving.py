"""A serving command as a process of a test's: its document, its end, and waiting for what it does."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence

from tests.scenarios.documents import unlike


@contextlib.contextmanager
def serving(command: Sequence[str], ended_by: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """Run a command that serves with --json, and give its document; the signal ends it well.

    It starts as what a script's shell puts into the background does: with Ctrl-C ignored, and a hang-up not.
    """

    def as_a_shell_does() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        heed_hang_ups()

    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=as_a_shell_does
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


def heed_hang_ups() -> None:
    """End at a hang-up, also where the tests themselves were started by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False
