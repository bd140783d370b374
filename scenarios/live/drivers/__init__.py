"""Scripts that run in a real SDK's own environment: they import the SDK and the standard library, nothing of ours."""

from __future__ import annotations

POLICIES = ("plain", "blanket-404", "warmup-verified")
"""The client policies that the training driver puts around a real SDK: none, PR 344's and PR 348's."""
