"""The judgement at the end of a raced test, however it ends."""

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from gateway_sim.scenarios.apps.pytest_plugin import DEBUGGED, INTERRUPTED
from gateway_sim.scenarios.apps.pytest_plugin.evidence import Evidence
from gateway_sim.scenarios.apps.pytest_plugin.raced_stack import RacedStack
from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack

OVER = signal.SIGVTALRM
"""pytest-timeout has SIGALRM, profilers have SIGPROF."""
INTERRUPTED_SETTLE_S = 1.0
"""How long a race may continue after Ctrl-C."""


class NotRaced(Exception):
    """The test did not begin, so that its world has nothing to be judged by."""


@contextlib.contextmanager
def judged(item: pytest.Item, stack: RacedStack) -> Iterator[None]:
    """Judge the world of a test when the test ends.

    An error of the test gets the evidence as a note. Without one, a broken promise or a race that did not take place is
    the test's failure. A skip and `pytest.exit` prove nothing about the world. Ctrl-C is judged too; pytest makes no
    report of it, so its evidence goes to the end of the session.
    """
    try:
        yield
    except (pytest.skip.Exception, pytest.exit.Exception, NotRaced):
        raise
    except KeyboardInterrupt as interrupt:
        evidence = Evidence.of(stack.conclude(interrupt, INTERRUPTED_SETTLE_S), item, stack)
        item.config.stash.setdefault(INTERRUPTED, []).append(evidence.text())
        raise
    except BaseException as error:
        text = Evidence.of(stack.conclude(error), item, stack).text()
        if isinstance(error, pytest.fail.Exception) and not error.pytrace:
            # pytest prints nothing but its message
            error.msg = f"{error.msg}\n{text}"
        error.add_note(text)
        raise
    evidence = Evidence.of(stack.conclude(None), item, stack)
    if not evidence.kept:
        pytest.fail(evidence.text(), pytrace=False)


@contextlib.contextmanager
def interrupted_at_its_limit(item: pytest.Item, stack: LiveStack) -> Iterator[None]:
    """Interrupt the test with a failure at its limit, or once its world has ended.

    A test in another thread than the main one cannot be interrupted.
    """
    running = True

    def interrupt(number: int, frame: Any) -> None:
        if running and not item.config.stash.get(DEBUGGED, False):
            pytest.fail(f"gateway-sim: the test still ran {stack.why_over()}")

    try:
        before = signal.signal(OVER, interrupt)
    except ValueError:
        yield
        return
    stack.when_over(lambda: os.kill(os.getpid(), OVER))
    try:
        yield
    finally:
        running = False
        stack.when_over(None)
        signal.signal(OVER, before)
