"""The laboratory's events of sampling: the sequences that a user drew, and those of the undisturbed run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SequencesExpected:
    """The sequences of the same run without gateway or faults: a mark for each, by step; `steps[0]` is step 1's."""

    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class SequenceReceived:
    """The user got sequence `number` of those that it draws before `step`; `mark` is of its tokens and logprobs."""

    step: int
    number: int
    mark: str
