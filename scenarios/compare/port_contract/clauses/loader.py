"""The contract of a data loader with a position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway_sim.scenarios.compare.contract.clause import Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, required, unless

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.ports.loader import Loader

ROWS, BATCH = 23, 4
TWICE = "a resumed run trains samples twice and others never, and its loss does not show it"

Rows = list[list[int]]


def _loader(trial: Trial, seed: int = 1) -> Loader:
    found: Loader = trial.part(rows=ROWS, batch=BATCH, seed=seed)
    return found


def _dealt(loader: Loader, count: int) -> Rows:
    """Deal so many batches."""
    return [list(loader.batch() or []) for _ in range(count)]


def _epoch(loader: Loader) -> Rows:
    """Deal the rest of the epoch, at most ten times its batches."""
    dealt: Rows = []
    while len(dealt) < 10 * ROWS and (rows := loader.batch()) is not None:
        dealt.append(list(rows))
    return dealt


def _goes_on(trial: Trial, dealt: Loader) -> Outcome:
    """Resume another loader from this one's position; both must deal the same rest of the epoch."""
    resumed = _loader(trial)
    resumed.restore(dealt.state())
    found, wanted = _epoch(resumed), _epoch(dealt)
    return unless(found == wanted, f"dealt {_told(found)} instead of {_told(wanted)}")


def _told(batches: Rows) -> str:
    return f"{len(batches)} batches from {batches[0] if batches else 'none'} on"


@required("an epoch has every row once", "samples would be trained twice, or never")
async def every_row_once(trial: Trial) -> Outcome:
    """Deal an epoch."""
    rows = sorted(row for batch in _epoch(_loader(trial)) for row in batch)
    return unless(rows == list(range(ROWS)), f"dealt {len(rows)} rows, {len(set(rows))} of them once, of {ROWS}")


@required("each batch but the last is full", "a step would weigh its samples otherwise")
async def batches_are_full(trial: Trial) -> Outcome:
    """Deal an epoch."""
    sizes = [len(batch) for batch in _epoch(_loader(trial))]
    return unless(set(sizes[:-1]) == {BATCH} and 0 < sizes[-1] <= BATCH, f"dealt batches of {sizes}")


@required("the order is that of the seed, in every process", TWICE)
async def the_order_is_the_seeds(trial: Trial) -> Outcome:
    """Deal the same epoch by two loaders."""
    return unless(_epoch(_loader(trial)) == _epoch(_loader(trial)), "dealt another order to another process")


@optional("another seed has another order", "each run would see the samples in the same order")
async def another_seed_another_order(trial: Trial) -> Outcome:
    """Deal an epoch by another seed."""
    return unless(_epoch(_loader(trial)) != _epoch(_loader(trial, seed=2)), "dealt the same order by another seed")


@required("a resume goes on after the last batch that was dealt", TWICE)
async def a_resume_goes_on(trial: Trial) -> Outcome:
    """Resume after two batches."""
    loader = _loader(trial)
    _dealt(loader, 2)
    return _goes_on(trial, loader)


@required("a resume from the beginning begins", "an attempt whose checkpoint is of step 0 would skip samples")
async def a_resume_from_the_beginning(trial: Trial) -> Outcome:
    """Resume before the first batch."""
    return _goes_on(trial, _loader(trial))


@required("a second resume goes on, too", TWICE)
async def a_second_resume_goes_on(trial: Trial) -> Outcome:
    """Resume, deal, and resume from there."""
    first, second = _loader(trial), _loader(trial)
    _dealt(first, 2)
    second.restore(first.state())
    _dealt(second, 1)
    return _goes_on(trial, second)


@required("a resume in a later epoch goes on in that one", TWICE)
async def a_later_epoch_goes_on(trial: Trial) -> Outcome:
    """Resume within the second epoch."""
    loader = _loader(trial)
    _epoch(loader)
    _dealt(loader, 2)
    return _goes_on(trial, loader)


@required("a state stays what it was, though the loader goes on", "a save beside training would skip samples")
async def a_state_stays(trial: Trial) -> Outcome:
    """Take a state, deal on, and resume from it."""
    loader, resumed = _loader(trial), _loader(trial)
    _dealt(loader, 1)
    state = loader.state()
    wanted = _epoch(loader)
    resumed.restore(state)
    found = _epoch(resumed)
    return unless(found == wanted, f"dealt {_told(found)} instead of {_told(wanted)}")


@required("a loader that has dealt can go back to a position", "a job that resumes in its process would skip samples")
async def a_loader_goes_back(trial: Trial) -> Outcome:
    """Restore an earlier state into the same loader."""
    loader = _loader(trial)
    _dealt(loader, 1)
    state = loader.state()
    wanted = _dealt(loader, 2)
    loader.restore(state)
    found = _dealt(loader, 2)
    return unless(found == wanted, f"dealt {_told(found)} instead of {_told(wanted)}")


@required("a state can be kept in a checkpoint", "a save would fail, or its resume")
async def a_state_is_kept(trial: Trial) -> Outcome:
    """Write it as plain values and tensors, and resume from what is read."""
    from gateway_sim.trainer_pod.resumable import pack, unpack

    loader, resumed = _loader(trial), _loader(trial)
    _dealt(loader, 2)
    resumed.restore(unpack(pack(dict(loader.state()))))
    return unless(_epoch(resumed) == _epoch(loader), "dealt another rest of the epoch")
