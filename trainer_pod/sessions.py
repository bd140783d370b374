"""The sessions of a pod's clients, from create_session to their end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import SessionCreated, SessionFinished
from gateway_sim.trainer_pod.generations import run_of
from gateway_sim.trainer_pod.protocol import CreateSessionRequest, FinishSessionRequest
from gateway_sim.trainer_pod.refusals import Problem, finished


@dataclass
class Session:
    """A client's session: the version of its SDK, and the reason with which it was finished; None while it is open.

    `user_metadata` and `display_name` are the client's own labels.
    """

    sdk_version: str | None
    finished: str | None = None
    user_metadata: dict[str, Any] | None = None
    display_name: str | None = None


class Sessions:
    """The sessions that one pod opened, by their ids."""

    def __init__(self, config: PodConfig, emit: Callable[[object], None]) -> None:
        self._config = config
        self._emit = emit
        self._sessions: dict[str, Session] = {}

    def create(self, asked: CreateSessionRequest) -> str:
        """Open a session and return its id."""
        session_id = f"session-{self._config.start}-{len(self._sessions) + 1}"
        self._sessions[session_id] = Session(asked.sdk_version, None, asked.user_metadata, asked.display_name)
        self._emit(SessionCreated(*self._config.identity, session_id))
        return session_id

    def ids(self) -> list[str]:
        """Return the ids of all sessions, the newest first."""
        return list(reversed(self._sessions))

    def known(self, session_id: str) -> Session:
        """Return a session, open or finished. Raises a 404 for one that was not opened here."""
        session = self._sessions.get(session_id)
        if session is None:
            detail = f"this pod never opened session {session_id!r}"
            raise Problem(404, "unknown-session", "Unknown session", detail)
        return session

    def require(self, session_id: str) -> Session:
        """Return an open session. Raises a 404 for one that was not opened here, and a 410 for a finished one.

        A 410 ends the heartbeat of newer SDKs; older ones send it on (docs/reference/protocol.md §1.5).
        """
        session = self.known(session_id)
        if session.finished is not None:
            raise finished(session_id, session.finished)
        return session

    def refuse_finished(self, model_id: str) -> None:
        """Raise a 410 for a model whose session is finished."""
        session_id = model_id.rpartition(":train:")[0]
        if session_id in self._sessions:
            self.require(session_id)

    def finish(self, session_id: str, asked: FinishSessionRequest) -> str:
        """End a session for good and return the reason that stands: the first one that was given.

        The pod takes no new operation for the session's models. Accepted ones are done, and their results stay.
        """
        session = self.known(session_id)
        if session.finished is None:
            session.finished = asked.reason.type
            self._emit(SessionFinished(*self._config.identity, session_id, asked.reason.type, asked.detail or ""))
        return session.finished

    def run_of(self, model_id: str) -> str:
        """Return the training run of a model that was created here."""
        session_id, _, number = model_id.rpartition(":train:")
        return run_of(model_id, int(number), self._sessions[session_id].sdk_version)
