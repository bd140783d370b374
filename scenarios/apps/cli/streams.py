"""The standard streams of a command: each is open, takes every character, and has what its reader expects."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import IO, Final

STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def prepare_streams() -> None:
    """Give a closed stream the null device, and let the output escape what its encoding lacks.

    A socket of a world would otherwise get the number of a closed stream, and its processes would take it for theirs.
    """
    for number, (name, mode) in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            # the lowest free number, so this one; processes that start inherit it
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def stdout_set_aside() -> Iterator[IO[str]]:
    """Yield stdout, and let everything else that is printed meanwhile go to stderr.

    That is what a user's part, policy or gateway prints, in this process or in one that it starts.
    """
    printed = stdout = sys.stdout
    stdout.flush()
    copy = os.dup(1) if _number(stdout) == 1 else None
    if copy is not None:
        printed = open(copy, "w", encoding=stdout.encoding, errors=stdout.errors)  # noqa: SIM115
        os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield printed
    finally:
        if copy is not None:
            try:
                # what was printed through the object of the old stdout
                stdout.flush()
                printed.flush()
            finally:
                os.dup2(copy, 1)
                # the reader of the document may be gone
                with suppress(OSError):
                    printed.close()


def _number(stream: IO[str]) -> int | None:
    """Return the descriptor of a stream; None for one without a file, as a test's."""
    try:
        return stream.fileno()
    except OSError:
        return None
