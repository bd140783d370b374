"""Dagster's concurrency pools as they come: a run claims a slot of the pool, and frees it when it ends.

Claims are atomic, so two schedulers never exceed the limit. A run whose process dies frees nothing, and Dagster frees
the slots of ended runs only where `free_slots_after_run_end_seconds` is set, which it is not by default. The instance
is a folder of SQLite files in the sandbox's. Dagster's calls end at once in virtual time.
"""

import os
from typing import Any
from weakref import WeakKeyDictionary

from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "limit"
needs = "dagster"
extra = "dagster"

STEP = "train"


class Pool:
    """A pool of a Dagster instance; a holder is a run with one step, which claims a slot."""

    def __init__(self, instance: Any, name: str, limit: int) -> None:
        self.instance = instance
        self.name = name
        instance.event_log_storage.set_concurrency_slots(name, limit)

    def read(self) -> int:
        """Return the number of claimed slots."""
        return len(self.holders())

    def take(self, holder: str, now_s: float) -> bool:
        """Claim a slot; a claim that must wait is withdrawn, because the caller asks again."""
        if holder in self.holders():
            return False
        run, store = self.run_of(holder), self.instance.event_log_storage
        claimed = bool(store.claim_concurrency_slot(self.name, run, STEP).is_claimed)
        if not claimed:
            store.free_concurrency_slot_for_step(run, STEP)
        return claimed

    def renew(self, holder: str, now_s: float) -> bool:
        """Say whether the run has its slot: a slot has no lease."""
        return holder in self.holders()

    def give_back(self, holder: str) -> bool:
        """Free the slot of a run, as its step does when it ends."""
        if holder not in self.holders():
            return False
        self.instance.event_log_storage.free_concurrency_slot_for_step(self.run_of(holder), STEP)
        return True

    def reap(self, now_s: float) -> list[str]:
        """Free nothing: Dagster does not know that a run is gone."""
        return []

    def holders(self) -> list[str]:
        """Return the holders whose runs have a slot, in order."""
        slots = self.instance.event_log_storage.get_concurrency_info(self.name).claimed_slots
        return sorted(slot.run_id.removeprefix(self.run_of("")) for slot in slots)

    def run_of(self, holder: str) -> str:
        """Return the id of a holder's run, which no other pool has; Dagster names a file after it."""
        return f"{self.name}:{holder}"


def make(sandbox: Sandbox[Any], *, name: str, limit: int, lease_s: float | None) -> Pool:
    """Make a client of a pool in the sandbox's instance; a pool has no leases."""
    return Pool(instance_of(sandbox), name, limit)


_INSTANCES: WeakKeyDictionary[Sandbox[Any], Any] = WeakKeyDictionary()


def instance_of(sandbox: Sandbox[Any]) -> Any:
    """Return the Dagster instance of a sandbox; the first call makes it."""
    if sandbox not in _INSTANCES:
        # else Dagster would report the use of this process to its makers
        os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
        from dagster import DagsterInstance

        folder = sandbox.folder / "dagster"
        folder.mkdir()
        _INSTANCES[sandbox] = DagsterInstance.local_temp(str(folder), overrides={"telemetry": {"enabled": False}})
    return _INSTANCES[sandbox]
