"""The sequences that a user draws from its model: their prompt, their parameters, and how they are compared."""

import hashlib
from array import array
from collections.abc import Sequence
from typing import Any, Final

PROMPT: Final[tuple[int, ...]] = tuple(b"Call me")
TOKENS: Final = 8
"""The length of a sequence: enough for one to differ from another model's, and quick to draw."""


def params_of(number: int) -> dict[str, Any]:
    """Return the sampling parameters of a sequence; each has its own seed."""
    return {"max_tokens": TOKENS, "seed": number, "temperature": 1.0}


def saved_for(step: int) -> str:
    """Return the name of the sampler's checkpoint of the weights before a step."""
    return f"before-step-{step}"


def mark_of(tokens: Sequence[int], logprobs: Sequence[float]) -> str:
    """Return the digest of a sequence's tokens and logprobs (float32), which no other weights give."""
    return hashlib.sha256(array("q", tokens).tobytes() + array("f", logprobs).tobytes()).hexdigest()[:16]
