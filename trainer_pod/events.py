"""What happens in a pod, as frozen records in past tense; the promises read them."""

from __future__ import annotations

from dataclasses import dataclass


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
    """The pod answers from now on, and computes on `device`."""

    device: str


@dataclass(frozen=True)
class PodStopped(_OfPod):
    """The pod has stopped; its work is cancelled."""


@dataclass(frozen=True)
class SessionCreated(_OfPod):
    """A client has opened a session."""

    session_id: str


@dataclass(frozen=True)
class ModelCreated(_OfPod):
    """A model stands in memory, with its first weights."""

    model_id: str


@dataclass(frozen=True)
class OperationAccepted(_OfPod):
    """An operation was taken for the first time; create_model has seq_id 0, unload_model -1."""

    model_id: str
    seq_id: int
    kind: str
    request_id: str


@dataclass(frozen=True)
class OperationRepeated(_OfPod):
    """An operation came again, and gets the answer of its first coming."""

    model_id: str
    seq_id: int
    kind: str
    request_id: str


@dataclass(frozen=True)
class GradientsAccumulated(_OfPod):
    """A forward_backward added its gradients."""

    model_id: str
    seq_id: int
    loss: float


@dataclass(frozen=True)
class StepApplied(_OfPod):
    """The optimizer moved the weights for the `step`-th time.

    `accumulated` counts the forward_backwards since the step before; `weights` is the digest of what is trained.
    """

    model_id: str
    seq_id: int
    step: int
    accumulated: int
    weights: str


@dataclass(frozen=True)
class OperationFailed(_OfPod):
    """An operation failed; `category` says whose fault it is: user or server."""

    model_id: str
    seq_id: int
    kind: str
    error: str
    category: str


@dataclass(frozen=True)
class ResultDelivered(_OfPod):
    """A poll was answered with its result."""

    request_id: str


@dataclass(frozen=True)
class PollHeld(_OfPod):
    """A poll came before its result, and waits for it."""

    request_id: str


@dataclass(frozen=True)
class StateSaved(_OfPod):
    """A checkpoint stands committed at `path`."""

    path: str
    step: int


@dataclass(frozen=True)
class StateLoaded(_OfPod):
    """A model has taken the state at `path`; without its optimizer that starts anew."""

    path: str
    step: int
    with_optimizer: bool


@dataclass(frozen=True)
class RequestBroke(_OfPod):
    """A request met a defect of the pod's own; its caller was answered 500, and the pod serves on."""

    path: str
    error: str


@dataclass(frozen=True)
class RequestMisdirected(_OfPod):
    """A request was meant for `asked`, another job or another incarnation, and was refused."""

    asked: str
