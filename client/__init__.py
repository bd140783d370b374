"""How to train through a gateway that may not know the way yet, and know what happened.

`ReconnectableClient` is the surface of PR 344 and PR 348, blocking; `AsyncReconnectableClient` is its core. A retry
policy says what is done about a failed call, an SDK profile what the SDK beneath does about it first. Whoever catches
what was raised in the end asks `certainty(failure_of(error))` whether the work may have been done. The names below are
loaded when they are first used, so that asking for a policy costs no more than the policy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client.connecting import connect_by_sdk
    from client.job_manager import TrainerJobManager
    from client.reconnectable import AsyncReconnectableClient
    from client.sdk.errors import describe, failure_of
    from client.sdk.failures import Definite, Unsure, certainty
    from client.sdk.profiles import PROFILES
    from client.sdk.session import ServiceClient, TrainingClient
    from client.sdk.transport import HttpxTransport
    from client.sync import ReconnectableClient

__all__ = [
    "PROFILES",
    "AsyncReconnectableClient",
    "Definite",
    "HttpxTransport",
    "ReconnectableClient",
    "ServiceClient",
    "TrainerJobManager",
    "TrainingClient",
    "Unsure",
    "certainty",
    "connect_by_sdk",
    "describe",
    "failure_of",
]

_HOMES = {
    "PROFILES": "client.sdk.profiles",
    "AsyncReconnectableClient": "client.reconnectable",
    "HttpxTransport": "client.sdk.transport",
    "ReconnectableClient": "client.sync",
    "ServiceClient": "client.sdk.session",
    "TrainerJobManager": "client.job_manager",
    "TrainingClient": "client.sdk.session",
    "connect_by_sdk": "client.connecting",
    "Definite": "client.sdk.failures",
    "Unsure": "client.sdk.failures",
    "certainty": "client.sdk.failures",
    "describe": "client.sdk.errors",
    "failure_of": "client.sdk.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
