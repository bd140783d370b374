"""A training client for a gateway that may not know the route yet.

`ReconnectableClient` has the interface of PR 344 and PR 348, blocking; `AsyncReconnectableClient` is its core. A retry
policy decides what follows a failed call, after the retries of an SDK profile. For an error that is raised,
`certainty(failure_of(error))` says whether the work may have been done. The names below are loaded at first use, so
that importing a policy loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client.connecting import connect_by_sdk as connect_by_sdk
    from client.job_manager import TrainerJobManager as TrainerJobManager
    from client.reconnectable import AsyncReconnectableClient as AsyncReconnectableClient
    from client.sdk.errors import describe as describe
    from client.sdk.errors import failure_of as failure_of
    from client.sdk.failures import Definite as Definite
    from client.sdk.failures import Unsure as Unsure
    from client.sdk.failures import certainty as certainty
    from client.sdk.profiles import PROFILES as PROFILES
    from client.sdk.session import ServiceClient as ServiceClient
    from client.sdk.session import TrainingClient as TrainingClient
    from client.sdk.transport import HttpxTransport as HttpxTransport
    from client.sync import ReconnectableClient as ReconnectableClient

_HOMES = {
    "client.connecting": ("connect_by_sdk",),
    "client.job_manager": ("TrainerJobManager",),
    "client.reconnectable": ("AsyncReconnectableClient",),
    "client.sdk.errors": ("describe", "failure_of"),
    "client.sdk.failures": ("Definite", "Unsure", "certainty"),
    "client.sdk.profiles": ("PROFILES",),
    "client.sdk.session": ("ServiceClient", "TrainingClient"),
    "client.sdk.transport": ("HttpxTransport",),
    "client.sync": ("ReconnectableClient",),
}
__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
