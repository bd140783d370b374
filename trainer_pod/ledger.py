"""(model, incarnation, seq_id) -> the request that was first: a repeat gets the first answer (PROTOCOL §6).

The SDK re-sends an operation under the same seq_id after a 503 or a lost answer, also when it was executed. Without
this page gradients would be accumulated twice and a step applied twice. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

# Operations without a seq_id of their own happen once in a model's life, and sit beside the SDK's, which start at 1.
CREATE_SEQ_ID = 0
UNLOAD_SEQ_ID = -1


@dataclass(frozen=True)
class OperationKey:
    """What makes two requests the same operation."""

    model_id: str
    incarnation: int
    seq_id: int


@dataclass(frozen=True)
class Fresh:
    """Nothing was asked under this key."""


@dataclass(frozen=True)
class Repeat:
    """The same was asked before; its answer is that of `request_id`."""

    request_id: str


@dataclass(frozen=True)
class Conflict:
    """Something else was asked under this key, as `first_request_id`, which stands."""

    first_request_id: str


Verdict = Fresh | Repeat | Conflict


class Ledger:
    """All operations a pod has taken. `fingerprint` is any text that is equal for equal bodies and only for them."""

    def __init__(self) -> None:
        self._first: dict[OperationKey, str] = {}
        self._requests: dict[tuple[OperationKey, str], str] = {}

    def consult(self, key: OperationKey, fingerprint: str) -> Verdict:
        """Say what a request is, and change nothing."""
        if (known := self._requests.get((key, fingerprint))) is not None:
            return Repeat(known)
        if (first := self._first.get(key)) is not None:
            return Conflict(first)
        return Fresh()

    def record(self, key: OperationKey, fingerprint: str, request_id: str) -> None:
        """Note that this body was given this request; the first body noted for a key keeps the key.

        A conflicting body is noted too, so that its own repeat gets its own first answer: the failure.
        """
        self._first.setdefault(key, request_id)
        self._requests.setdefault((key, fingerprint), request_id)
