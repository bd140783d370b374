"""What the control plane knows of the checkpoints that the pods of a world have saved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from gateway_sim.control_plane.jobs.saved import ListSaved, Saved
from gateway_sim.scenarios.world.lost_pods import Pods

Blocking = Callable[[Callable[[], Sequence[Saved]]], Awaitable[Sequence[Saved]]]


def saved_by(pods: Pods, blocking: Blocking) -> ListSaved:
    """Return the list of what `pods` have saved; the files are read by `blocking`."""

    async def saved(account: str, job: str) -> Sequence[Saved]:
        return await blocking(lambda: _read(pods.checkpoint_root, account, job))

    return saved


def _read(root: str, account: str, job: str) -> Sequence[Saved]:
    # torch comes with it, which only a world whose control plane is asked needs here
    from gateway_sim.trainer_pod.catalog import Catalog

    catalog = Catalog(root, account, job, {})
    found = [
        Saved(
            run=run.training_run_id.partition(":")[2],
            name=one.checkpoint_id.partition("/")[2],
            resumable=one.checkpoint_type == "training",
            lora=run.is_lora,
            time=one.time,
        )
        for run in catalog.training_runs()
        for one in catalog.checkpoints(run.training_run_id)
    ]
    return sorted(found, key=lambda one: one.time)
