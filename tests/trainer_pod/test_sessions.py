"""The sessions of a pod: their ids, their labels, and the runs of their models."""

from pathlib import Path

import pytest

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import SessionCreated, SessionFinished
from gateway_sim.trainer_pod.protocol import CreateSessionRequest, FinishSessionRequest
from gateway_sim.trainer_pod.refusals import Problem
from gateway_sim.trainer_pod.sessions import Session, Sessions


@pytest.fixture
def events() -> list[object]:
    """Give the list of what was emitted."""
    return []


@pytest.fixture
def sessions(tmp_path: Path, events: list[object]) -> Sessions:
    """Give the sessions of incarnation 2 of acme/alice, of which none is open."""
    return Sessions(PodConfig("acme", "alice", 2, str(tmp_path)), events.append)


def finish(reason: str, detail: str | None = None) -> FinishSessionRequest:
    """Return the body of a finish."""
    return FinishSessionRequest.model_validate({"reason": {"type": reason}, "detail": detail})


def test_a_session_keeps_what_its_client_said(sessions: Sessions, events: list[object]) -> None:
    """Its labels and the version of its SDK; ids name the incarnation, and the newest is listed first."""
    asked = CreateSessionRequest(sdk_version="0.38.0", user_metadata={"who": "alice"}, display_name="night run")
    ids = [sessions.create(asked), sessions.create(CreateSessionRequest())]
    assert ids == ["session-2-1", "session-2-2"]
    assert sessions.ids() == ["session-2-2", "session-2-1"]
    assert sessions.known(ids[0]) == Session("0.38.0", None, {"who": "alice"}, "night run")
    assert sessions.known(ids[1]) == Session(None)
    assert events == [SessionCreated("acme", "alice", 2, one) for one in ids]


def test_a_finished_session_keeps_its_first_reason(sessions: Sessions, events: list[object]) -> None:
    """It is known and takes nothing more; the other session goes on, and an unknown one is a 404."""
    first, second = (sessions.create(CreateSessionRequest()) for _ in range(2))
    assert sessions.finish(first, finish("errored", "out of money")) == "errored"
    assert sessions.finish(first, finish("success")) == "errored"
    assert sessions.known(first).finished == "errored"
    for refused in (lambda: sessions.require(first), lambda: sessions.refuse_finished(f"{first}:train:0")):
        with pytest.raises(Problem) as told:
            refused()
        assert told.value.status == 410
    assert sessions.require(second).finished is None
    for unhindered in (f"{second}:train:0", "session-1-1:train:0", "no model"):
        sessions.refuse_finished(unhindered)
    with pytest.raises(Problem) as told:
        sessions.require("session-1-1")
    assert (told.value.status, told.value.slug) == (404, "unknown-session")
    assert told.value.detail == "this pod never opened session 'session-1-1'"
    assert events[2:] == [SessionFinished("acme", "alice", 2, first, "errored", "out of money")]


def test_the_run_of_a_model_follows_from_its_number_and_its_sdk(sessions: Sessions) -> None:
    """The first model of an older SDK goes on with the job's run; every other model has its own."""
    older, newer = (sessions.create(CreateSessionRequest(sdk_version=version)) for version in ("0.23.0", "0.38.0"))
    models = [f"{session}:train:{number}" for session in (older, newer) for number in (0, 1)]
    assert [sessions.run_of(model) for model in models] == ["", *models[1:]]
    assert sessions.finish(older, finish("interrupted")) == "interrupted"
