"""What the tests of worlds share in one process."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from gateway_sim.scenarios.apps.cli import document
from gateway_sim.scenarios.sim.moto import MOTO
from gateway_sim.scenarios.sim.trace import Trace
from tests.scenarios.documents import unlike

Told = tuple[float, Any]
"""When, and which event."""


@pytest.fixture(scope="module", autouse=True)
def moto_in_place() -> Iterator[None]:
    """Hold moto over all worlds of a file, as a sweep does: to put it in place costs a fifth of a race."""
    with MOTO.held():
        yield


@pytest.fixture(autouse=True)
def documents_fit_their_schemas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compare every document that a command prints in a test with the type that is published of it."""
    printed, text_of = list[str](), document.text_of

    def kept(kind: str, told: Mapping[str, Any]) -> str:
        printed.append(text_of(kind, told))
        return printed[-1]

    monkeypatch.setattr(document, "text_of", kept)
    yield
    for text in printed:
        assert unlike(text) == [], "change the type in scenarios/apps/documents, and CHANGELOG.md"


@pytest.fixture(scope="session")
def is_shown() -> Callable[[Any, Trace], bool]:
    """Give a function that says whether a witness is a sub-sequence of a trace, and not empty."""

    def check(violation: Any, trace: Trace) -> bool:
        rest = iter(trace.entries)
        return bool(violation.witness) and all(any(entry is shown for entry in rest) for shown in violation.witness)

    return check


@pytest.fixture
def history() -> Callable[..., Trace]:
    """Give a function that makes a trace of (second, event) pairs, in the order they are given."""

    def write(*told: Told) -> Trace:
        trace, now_s = Trace(), 0.0
        trace.clock(lambda: now_s)
        emit = trace.emitter("by hand")
        for now_s, event in told:  # noqa: B007 - the trace's clock reads it
            emit(event)
        return trace

    return write


@pytest.fixture
def broken(is_shown: Callable[[Any, Trace], bool]) -> Callable[..., list[tuple[float, str]]]:
    """Give a function that holds a trace to a promise and returns when and how it was broken.

    Each violation must be shown by a witness.
    """

    def judge(promise: Any, trace: Trace) -> list[tuple[float, str]]:
        found = list(promise(trace))
        assert all(is_shown(violation, trace) for violation in found if trace.entries)
        return [(violation.at_s, violation.message) for violation in found]

    return judge
