"""The end of a command that serves: Ctrl-C, a termination, its terminal's hang-up, or the end of its shell."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from typing import Any

import typer

ASKED_EVERY_S = 0.5
SHELL = os.getppid()
"""The process that started this one; it is another as soon as that one has ended."""


def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until it is stopped or fails, and say that nothing was left running.

    It ends with the process that started it, unless it is told to outlive a hang-up, as by `nohup`.
    """
    try:
        asyncio.run(work if outlives_its_shell() else _with_its_shell(work))
    except KeyboardInterrupt:
        # a terminal that is gone takes no words
        with contextlib.suppress(OSError):
            typer.echo("stopped; nothing was left running", err=True)


def outlives_its_shell() -> bool:
    """Return whether a hang-up is ignored."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


async def _with_its_shell(work: Coroutine[Any, Any, None]) -> None:
    watch = asyncio.create_task(_end_with_its_shell(), name="watch the shell")
    try:
        await work
    finally:
        watch.cancel()


async def _end_with_its_shell() -> None:
    while os.getppid() == SHELL:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(ASKED_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
