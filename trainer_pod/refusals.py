"""Why an operation cannot be done, when whoever asked for it can mend it: its category is "user"."""

from __future__ import annotations


class OperationRefused(ValueError):
    """The words of the operation are off; the message says which, and what would be right."""


class CheckpointRefused(OperationRefused):
    """This checkpoint cannot be written or read; the message names it."""
