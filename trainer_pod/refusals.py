"""What a pod refuses: an operation, whose result then says why, or a request, with application/problem+json."""

from collections.abc import Mapping

NO_STORE = {"Cache-Control": "no-store"}


class OperationRefused(ValueError):
    """The request of an operation is wrong, and its caller can correct it (category "user"); the message says how."""


class CheckpointRefused(OperationRefused):
    """This checkpoint cannot be written or read; the message names it."""


class Problem(Exception):
    """A refusal with its HTTP status; `slug` names its kind in `type`, `detail` is a sentence about this request."""

    def __init__(self, status: int, slug: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail

    def body(self) -> Mapping[str, object]:
        """Return the problem+json document."""
        return {
            "type": f"urn:gateway-sim:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }


def not_ready(state: str) -> Problem:
    """The pod does not serve yet, or no longer."""
    return Problem(503, "pod-not-ready", "The trainer pod is not ready", f"the trainer pod is {state}, not READY")


def misdirected(asked: str, here: str) -> Problem:
    """The request was meant for another job, or for another incarnation of this one."""
    detail = f"the request is for {asked!r}, and this pod is {here!r}"
    return Problem(421, "misdirected-request", "This is another trainer", detail)


def finished(session_id: str, reason: str) -> Problem:
    """The client has finished the session: nothing more is done for it."""
    detail = f"session {session_id!r} was finished by its client ({reason})"
    return Problem(410, "session-finished", "The session is finished", detail)


def malformed(detail: str) -> Problem:
    """The body is not what the route reads; nothing was applied."""
    return Problem(400, "malformed-body", "The body does not fit the route", detail)
