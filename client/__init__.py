"""A training client for a gateway that may not know the route yet.

`ReconnectableClient` has the interface of PR 344 and PR 348, blocking; `AsyncReconnectableClient` is its core. A retry
policy decides what follows a failed call, after the retries of an SDK profile. For an error that is raised,
`certainty(failure_of(error))` says whether the work may have been done. The names below are loaded at first use, so
that importing a policy loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway_sim.client.connecting import connect_by_sdk as connect_by_sdk
    from gateway_sim.client.job_manager import TrainerJobManager as TrainerJobManager
    from gateway_sim.client.reconnectable import AsyncReconnectableClient as AsyncReconnectableClient
    from gateway_sim.client.sdk.errors import describe as describe
    from gateway_sim.client.sdk.errors import failure_of as failure_of
    from gateway_sim.client.sdk.failures import Definite as Definite
    from gateway_sim.client.sdk.failures import Unsure as Unsure
    from gateway_sim.client.sdk.failures import certainty as certainty
    from gateway_sim.client.sdk.profiles import PROFILES as PROFILES
    from gateway_sim.client.sdk.service import ServiceClient as ServiceClient
    from gateway_sim.client.sdk.session import TrainingClient as TrainingClient
    from gateway_sim.client.sdk.transport import HttpxTransport as HttpxTransport
    from gateway_sim.client.sync import ReconnectableClient as ReconnectableClient

_HOMES = {
    "gateway_sim.client.connecting": ("connect_by_sdk",),
    "gateway_sim.client.job_manager": ("TrainerJobManager",),
    "gateway_sim.client.reconnectable": ("AsyncReconnectableClient",),
    "gateway_sim.client.sdk.errors": ("describe", "failure_of"),
    "gateway_sim.client.sdk.failures": ("Definite", "Unsure", "certainty"),
    "gateway_sim.client.sdk.profiles": ("PROFILES",),
    "gateway_sim.client.sdk.service": ("ServiceClient",),
    "gateway_sim.client.sdk.session": ("TrainingClient",),
    "gateway_sim.client.sdk.transport": ("HttpxTransport",),
    "gateway_sim.client.sync": ("ReconnectableClient",),
}
__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
