"""The events of the control plane."""

from dataclasses import dataclass


@dataclass(frozen=True)
class _OfJob:
    account: str
    job: str


@dataclass(frozen=True)
class JobMoved(_OfJob):
    """A job entered `state`; `incarnation` numbers its starts from 1 (0: none has begun)."""

    state: str
    incarnation: int


@dataclass(frozen=True)
class PodPlaced(_OfJob):
    """A pod of this incarnation is ready at `address`."""

    incarnation: int
    address: str


@dataclass(frozen=True)
class PodNoticedDead(_OfJob):
    """The control plane noticed that the pod of this incarnation `how`: "crashed" or "froze".

    `restart` says what follows: "always", the job waits for a new pod; "never", the job is FAILED.
    """

    incarnation: int
    how: str
    restart: str


@dataclass(frozen=True)
class JobRoutable(_OfJob):
    """Every gateway replica has acknowledged the route of this incarnation: ROUTABLE, which is more than RUNNING."""

    incarnation: int


@dataclass(frozen=True)
class LeaseRenewed(_OfJob):
    """The lease of this incarnation's route was renewed, and ends in `for_s` seconds."""

    incarnation: int
    for_s: float


@dataclass(frozen=True)
class VersionRegistered:
    """A version of a model was registered, with the digest of its artifact and its measured quality."""

    model: str
    version: int
    digest: str
    score: float


@dataclass(frozen=True)
class _Promotion:
    model: str
    version: int
    token: int


@dataclass(frozen=True)
class TagMoved(_Promotion):
    """The production tag of a model moved to `version`; it was its `token`-th move."""


@dataclass(frozen=True)
class TagMoveRefused:
    """The tag was not moved: another writer had moved it since it was read as `read_token`."""

    model: str
    version: int
    read_token: int


@dataclass(frozen=True)
class VersionDeployed(_Promotion):
    """A model is served at `version`, as the `token`-th move of its tag asked."""


@dataclass(frozen=True)
class DeployRefused(_Promotion):
    """A deploy came after a newer one, and changed nothing."""

    newest: int


@dataclass(frozen=True)
class DatasetWritten:
    """A table reached `version`: `rows` rows replaced the part, or were added where `part` is empty."""

    table: str
    version: int
    part: str
    rows: int


@dataclass(frozen=True)
class WriteRefused:
    """Nothing was written: another writer had written the part since the table was opened at `version`."""

    table: str
    version: int
    part: str


@dataclass(frozen=True)
class GateDecided:
    """A gate decided whether a day of a table, at this version, may be trained on."""

    table: str
    version: int
    date: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class ImageTagged:
    """An image's tag was moved to this digest."""

    tag: str
    digest: str


@dataclass(frozen=True)
class ImageResolved:
    """A job was submitted with a reference to an image, which resolved to this digest."""

    job: str
    reference: str
    digest: str


@dataclass(frozen=True)
class VersionHeld:
    """`holder` keeps this version of a table from the vacuum until this second."""

    table: str
    version: int
    holder: str
    until_s: float


@dataclass(frozen=True)
class HistoryVacuumed:
    """`files` files of a table were removed: those of neither its newest version nor the kept ones."""

    table: str
    files: int
    kept: tuple[int, ...]


@dataclass(frozen=True)
class JobWaits(_OfJob):
    """A job waits for a GPU of its account's quota, PENDING."""

    reason: str


@dataclass(frozen=True)
class StartFailed(_OfJob):
    """The pod of this incarnation did not come up; the job is FAILED."""

    incarnation: int
    reason: str


@dataclass(frozen=True)
class _Asked:
    method: str
    path: str


@dataclass(frozen=True)
class OutageAnswered(_Asked):
    """The control plane answered 503 during an outage."""


@dataclass(frozen=True)
class AnswerDelayed(_Asked):
    """The control plane was slow, and delayed its answer by `by_s` seconds."""

    by_s: float


@dataclass(frozen=True)
class RequestTurnedAway(_Asked):
    """The control plane answered 429: it had too many requests."""


@dataclass(frozen=True)
class ClusterOpened:
    """A cluster of these nodes, each with its GPUs, accepts work."""

    cluster: str
    nodes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class _OfWork:
    cluster: str
    work: str


@dataclass(frozen=True)
class WorkQueued(_OfWork):
    """Work for `gpus` was submitted in a namespace; a part of a GPU counts as one here."""

    gpus: int
    namespace: str


@dataclass(frozen=True)
class WorkPlaced(_OfWork):
    """Work left the queue for a node; of a gang each pod, all at once."""

    node: str
    gpus: int


@dataclass(frozen=True)
class WorkMoved(_OfWork):
    """Running work was checkpointed and continues on `node`."""

    node: str
    gpus: int


@dataclass(frozen=True)
class WorkToldToLeave(_OfWork):
    """Running work computes no more, and must have given up its GPUs for `wanted_by` within so many seconds."""

    wanted_by: str
    within_s: float


@dataclass(frozen=True)
class WorkShrunk(_OfWork):
    """Running work gave up GPUs for `wanted_by` and goes on with `gpus`; it must do `lost_gpu_s` GPU-seconds again."""

    gpus: int
    wanted_by: str
    lost_gpu_s: float


@dataclass(frozen=True)
class WorkEvicted(_OfWork):
    """Running work was preempted, went back into the queue, and must do `lost_gpu_s` GPU-seconds again."""

    wanted_by: str
    lost_gpu_s: float


@dataclass(frozen=True)
class WorkEnded(_OfWork):
    """Work ended, and its GPUs are free."""


@dataclass(frozen=True)
class LimitTaken:
    """A holder was added to the limit of this name, which is `limit`; `held` hold it."""

    name: str
    held: int
    limit: int


@dataclass(frozen=True)
class LimitLeaseEnded:
    """The lease of `holder` ended without a renewal, and its place of the limit is free; `held` still hold one."""

    name: str
    holder: str
    held: int


@dataclass(frozen=True)
class LimitGivenBack:
    """A holder of the limit of this name left; `held` still hold it."""

    name: str
    held: int
