"""(model, incarnation, seq_id) -> the first request: a repeat gets its answer (docs/reference/protocol.md §6). Pure.

The SDK resends an operation under the same seq_id after a 503 or a lost answer, also when it was executed. Without the
ledger, gradients would be accumulated twice and steps applied twice.
"""

from dataclasses import dataclass

# Operations without a seq_id of their own happen once in a model's life; the SDK's numbers start at 1.
CREATE_SEQ_ID = 0
UNLOAD_SEQ_ID = -1


@dataclass(frozen=True)
class OperationKey:
    """Two requests with equal keys are the same operation."""

    model_id: str
    incarnation: int
    seq_id: int


@dataclass(frozen=True)
class Fresh:
    """There was no request under this key."""


@dataclass(frozen=True)
class Repeat:
    """The same body came before, as `request_id`, whose answer is the answer."""

    request_id: str


@dataclass(frozen=True)
class Conflict:
    """Another body came under this key before, as `first_request_id`, which stands."""

    first_request_id: str


Verdict = Fresh | Repeat | Conflict


class Ledger:
    """All accepted operations of a pod. Fingerprints are texts that are equal exactly for equal bodies."""

    def __init__(self) -> None:
        self._first: dict[OperationKey, str] = {}
        self._requests: dict[tuple[OperationKey, str], str] = {}

    def consult(self, key: OperationKey, fingerprint: str) -> Verdict:
        """Return what a request is; nothing is recorded."""
        if (known := self._requests.get((key, fingerprint))) is not None:
            return Repeat(known)
        if (first := self._first.get(key)) is not None:
            return Conflict(first)
        return Fresh()

    def record(self, key: OperationKey, fingerprint: str, request_id: str) -> None:
        """Record the request of a body; the first body of a key keeps the key.

        A conflicting body is recorded too, so that its repeat gets the same answer: the failure.
        """
        self._first.setdefault(key, request_id)
        self._requests.setdefault((key, fingerprint), request_id)
