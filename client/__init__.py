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
    from client.errors import describe, failure_of
    from client.failures import Definite, Unsure, certainty
    from client.job_manager import TrainerJobManager
    from client.reconnectable import AsyncReconnectableClient, connect_by_sdk
    from client.sdk_profiles import PROFILES
    from client.session import ServiceClient, TrainingClient
    from client.sync import ReconnectableClient
    from client.transport import HttpxTransport

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
    "PROFILES": "client.sdk_profiles",
    "AsyncReconnectableClient": "client.reconnectable",
    "HttpxTransport": "client.transport",
    "ReconnectableClient": "client.sync",
    "ServiceClient": "client.session",
    "TrainerJobManager": "client.job_manager",
    "TrainingClient": "client.session",
    "connect_by_sdk": "client.reconnectable",
    "Definite": "client.failures",
    "Unsure": "client.failures",
    "certainty": "client.failures",
    "describe": "client.errors",
    "failure_of": "client.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
