"""A lock with a lease: each of its keys has one holder at a time.

A part is made by `make(sandbox, name=..., lease_s=...)`; parts of one name that are made in one sandbox are clients of
one lock. A holder that does not renew for `lease_s` seconds loses its key. Holders have names, new for each attempt of
a run. `now_s` is the caller's clock.
"""

from typing import Any

from gateway_sim.control_plane.data.locks import LeasedLock, Lock
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "lock"
TABLE = "locks"

protocol = Lock


def made(sandbox: Sandbox[Any], name: str, *, lease_s: float) -> Lock:
    """Return the lock of this name: the user's part, or this project's."""
    make: Make = sandbox.parts.get(NAME, own)
    found: Lock = make(sandbox, name=name, lease_s=lease_s)
    return found


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a lock that no story has."""
    return make(sandbox, name="probe", lease_s=60.0)


def own(sandbox: Sandbox[Any], *, name: str, lease_s: float) -> Lock:
    """Make this project's lock, as a part."""
    return LeasedLock(*sandbox.table(TABLE), name, lease_s=lease_s)
