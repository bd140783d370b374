"""What the control plane reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JobMoved:
    """A job entered `state`; `incarnation` numbers its starts from 1 as they begin (0: none has)."""

    account: str
    job: str
    state: str
    incarnation: int


@dataclass(frozen=True)
class PodPlaced:
    """A pod of this incarnation is ready at `address`."""

    account: str
    job: str
    incarnation: int
    address: str


@dataclass(frozen=True)
class JobRoutable:
    """Every gateway replica has acknowledged the route of this incarnation: ROUTABLE, which is more than RUNNING."""

    account: str
    job: str
    incarnation: int


@dataclass(frozen=True)
class StartFailed:
    """The pod of this incarnation did not come up; the job is FAILED."""

    account: str
    job: str
    incarnation: int
    reason: str


@dataclass(frozen=True)
class OutageAnswered:
    """The control plane was asked while it could not answer."""

    method: str
    path: str
