"""A serving command as a process of a test's: its document, and its end."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Sequence

from tests.scenarios.documents import unlike


@contextlib.contextmanager
def serving(command: Sequence[str]) -> Iterator[str]:
    """Run a command that serves with --json, and give its document; a termination, as Ctrl-C, ends it well."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert unlike(line) == []
        yield line
        # Ctrl-C itself is ignored by what a shell runs in its background
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, said.strip()) == (0, "stopped; nothing was left running")
