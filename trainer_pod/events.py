"""The events of a pod."""

from dataclasses import dataclass
from typing import Final

FENCE: Final = b"fence"
"""The line on the standard input of a pod's process that fences it; the process answers with `PodFenced`."""


@dataclass(frozen=True)
class PodListening:
    """The live pod's socket is bound; `address` is host:port."""

    address: str


@dataclass(frozen=True)
class _OfPod:
    account: str
    job: str
    incarnation: int


@dataclass(frozen=True)
class PodReady(_OfPod):
    """The pod is READY, and computes on `device`."""

    device: str


@dataclass(frozen=True)
class PodFenced(_OfPod):
    """The live pod applies nothing more and refuses every request, because a newer incarnation takes its place."""


@dataclass(frozen=True)
class PodStopped(_OfPod):
    """The pod has stopped; its work is cancelled."""


@dataclass(frozen=True)
class SessionCreated(_OfPod):
    """A client has opened a session."""

    session_id: str


@dataclass(frozen=True)
class SessionFinished(_OfPod):
    """A client has finished its session for `reason`: success, errored or interrupted."""

    session_id: str
    reason: str
    detail: str


@dataclass(frozen=True)
class ModelCreated(_OfPod):
    """A model is in memory, with its first weights."""

    model_id: str


@dataclass(frozen=True)
class _OfOperation(_OfPod):
    model_id: str
    seq_id: int


@dataclass(frozen=True)
class _OfRequest(_OfOperation):
    kind: str
    request_id: str


@dataclass(frozen=True)
class OperationAccepted(_OfRequest):
    """An operation was accepted as new; create_model has seq_id 0, unload_model -1."""


@dataclass(frozen=True)
class OperationRepeated(_OfRequest):
    """An operation was sent again, and gets the first one's answer."""


@dataclass(frozen=True)
class GradientsAccumulated(_OfOperation):
    """A forward_backward added its gradients."""

    loss: float


@dataclass(frozen=True)
class StepApplied(_OfOperation):
    """The optimizer moved the weights for the `step`-th time.

    `accumulated` counts the forward_backwards since the step before; `weights` is the digest of what is trained.
    """

    step: int
    accumulated: int
    weights: str


@dataclass(frozen=True)
class OperationFailed(_OfOperation):
    """An operation failed, by the fault of `category`: user or server."""

    kind: str
    error: str
    category: str


@dataclass(frozen=True)
class ResultDelivered(_OfPod):
    """A poll was answered with its result."""

    request_id: str


@dataclass(frozen=True)
class PollHeld(_OfPod):
    """A poll waits for a result that is not there yet."""

    request_id: str


@dataclass(frozen=True)
class StateSaved(_OfPod):
    """A checkpoint was committed at `path`."""

    path: str
    step: int


@dataclass(frozen=True)
class StateLoaded(_OfPod):
    """A model loaded the state that was saved at `path`; without the optimizer's, its moments start anew."""

    path: str
    step: int
    with_optimizer: bool


@dataclass(frozen=True)
class RequestBroke(_OfPod):
    """A request failed by a defect of the pod and was answered 500; the pod serves on."""

    path: str
    error: str


@dataclass(frozen=True)
class RequestMisdirected(_OfPod):
    """A request was meant for `asked`, another job or another incarnation, and was refused."""

    asked: str


@dataclass(frozen=True)
class SamplingSessionOpened(_OfPod):
    """A sampling session was opened on `weights`, the path of a checkpoint or the name of a base model."""

    sampling_session_id: str
    weights: str


@dataclass(frozen=True)
class SamplesDrawn(_OfPod):
    """A request of a sampling session has its `sequences`, with `tokens` tokens together."""

    sampling_session_id: str
    seq_id: int
    sequences: int
    tokens: int


@dataclass(frozen=True)
class SamplingFailed(_OfPod):
    """A request of a sampling session failed."""

    sampling_session_id: str
    seq_id: int
    error: str
    category: str
