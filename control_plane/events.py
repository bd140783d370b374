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
class VersionRegistered:
    """A version of a model is in the registry, with the digest of its artifact and the quality it was measured at."""

    model: str
    version: int
    digest: str
    score: float


@dataclass(frozen=True)
class TagMoved:
    """The production tag of a model names `version` since the `token`-th time it moved."""

    model: str
    version: int
    token: int


@dataclass(frozen=True)
class TagMoveRefused:
    """Somebody else had moved the tag since it was read as `read_token`, so it stays."""

    model: str
    version: int
    read_token: int


@dataclass(frozen=True)
class VersionDeployed:
    """What serves a model is `version` now; the move of the tag that asked for it was the `token`-th."""

    model: str
    version: int
    token: int


@dataclass(frozen=True)
class DeployRefused:
    """A deploy came in after a newer one, and changed nothing."""

    model: str
    version: int
    token: int
    newest: int


@dataclass(frozen=True)
class DatasetWritten:
    """A table is at `version` now: so many rows took the place of the part, or where it is empty were added."""

    table: str
    version: int
    part: str
    rows: int


@dataclass(frozen=True)
class WriteRefused:
    """Somebody else had written the part since the table was opened at `version`, so it stays."""

    table: str
    version: int
    part: str


@dataclass(frozen=True)
class GateDecided:
    """Whether a day of a table, at this version, may be trained on, and why."""

    table: str
    version: int
    date: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class ImageTagged:
    """An image's tag means this digest from here on."""

    tag: str
    digest: str


@dataclass(frozen=True)
class ImageResolved:
    """A job was submitted with a reference to an image, which means this digest."""

    job: str
    reference: str
    digest: str


@dataclass(frozen=True)
class VersionHeld:
    """Somebody needs this version of a table until this second."""

    table: str
    version: int
    holder: str
    until_s: float


@dataclass(frozen=True)
class HistoryVacuumed:
    """So many files of a table were removed that neither its newest version nor the kept ones have."""

    table: str
    files: int
    kept: tuple[int, ...]


@dataclass(frozen=True)
class JobWaits:
    """A job waits for a GPU of its account's quota, PENDING."""

    account: str
    job: str
    reason: str


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


@dataclass(frozen=True)
class AnswerDelayed:
    """The control plane was asked while it was slow, and took `by_s` longer over its answer."""

    method: str
    path: str
    by_s: float


@dataclass(frozen=True)
class RequestTurnedAway:
    """The control plane was asked by more than it answers at once."""

    method: str
    path: str


@dataclass(frozen=True)
class ClusterOpened:
    """A cluster of these nodes, each with its GPUs, began to take work."""

    cluster: str
    nodes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class WorkQueued:
    """Work that wants `gpus` on one node was submitted for a namespace."""

    cluster: str
    work: str
    gpus: int
    namespace: str


@dataclass(frozen=True)
class WorkPlaced:
    """Work left the queue for a node."""

    cluster: str
    work: str
    node: str
    gpus: int


@dataclass(frozen=True)
class WorkMoved:
    """Running work was checkpointed and goes on at another node."""

    cluster: str
    work: str
    node: str
    gpus: int


@dataclass(frozen=True)
class WorkEvicted:
    """Running work had to give way, went back into the queue, and must do `lost_gpu_s` GPU-seconds again."""

    cluster: str
    work: str
    wanted_by: str
    lost_gpu_s: float


@dataclass(frozen=True)
class WorkEnded:
    """Work reached its end, and its GPUs are free."""

    cluster: str
    work: str


@dataclass(frozen=True)
class LimitTaken:
    """One more holds the limit of this name, which is `limit`; `held` do now."""

    name: str
    held: int
    limit: int


@dataclass(frozen=True)
class LimitGivenBack:
    """One less holds the limit of this name; `held` still do."""

    name: str
    held: int
