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
    copy = None
    # a test's stdout may be no file
    with suppress(OSError):
        if stdout.fileno() == 1:
            copy = os.dup(1)
            printed = open(copy, "w", encoding=stdout.encoding, errors=stdout.errors)  # noqa: SIM115
            os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield printed
    finally:
        if copy is not None:
            # what was printed before to the object of the old stdout
            stdout.flush()
            printed.flush()
            os.dup2(copy, 1)
            printed.close()
