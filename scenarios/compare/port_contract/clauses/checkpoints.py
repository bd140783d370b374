"""The contract of a checkpoint store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, refused, required, unless

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.ports.checkpoints import Checkpoints

State = dict[str, torch.Tensor]

LOST = "a preemption costs the job everything that it has saved"
TORN = "a resumed run ends with weights that no uninterrupted run has, and no error says so"


def _store(trial: Trial, name: str = "job-1") -> Checkpoints:
    found: Checkpoints = trial.part(name=name)
    return found


def _state(step: int) -> State:
    """Return the state after a step: float weights and moments, a step as an integer, a loader's bytes."""
    return {
        "weights": torch.linspace(-1.0, 1.0, 64) * step,
        "exp_avg": torch.full((64,), step / 7),
        "optimizer_steps": torch.tensor(float(step)),
        "step": torch.tensor(step),
        "loader": torch.full((32,), step, dtype=torch.uint8),
    }


def _saved(store: Checkpoints, *steps: int) -> Checkpoints:
    """Save the states after these steps, one after the other."""
    for step in steps:
        store.begin(step, _state(step))
        store.finish(step)
    return store


def _loaded(store: Checkpoints, step: int) -> str:
    """Load a step; return what of the state is not that of the step."""
    found = {name: torch.zeros_like(tensor) for name, tensor in _state(step).items()}
    store.load(step, found)
    return ", ".join(name for name, wanted in _state(step).items() if not torch.equal(found[name], wanted))


def _cut_short(trial: Trial) -> Checkpoints:
    """Save step 2, let a process end within the save of step 4, and return another's client."""
    store = _saved(_store(trial), 2)
    store.begin(4, _state(4))
    store.abandon()
    return _store(trial)


def _is_refused(store: Checkpoints, step: int) -> bool:
    from gateway_sim.trainer_pod.refusals import CheckpointRefused

    return refused(lambda: store.load(step, _state(1)), CheckpointRefused)


@required("a store in which nothing was saved has no checkpoint", "the first attempt of a job would not begin")
async def nothing_was_saved(trial: Trial) -> Outcome:
    """Ask for the steps."""
    steps = list(_store(trial).steps())
    return unless(steps == [], f"listed {steps}")


@required("a save that was finished is a checkpoint", LOST)
async def a_finished_save_is_listed(trial: Trial) -> Outcome:
    """Save twice."""
    steps = sorted(_saved(_store(trial), 9, 10).steps())
    return unless(steps == [9, 10], f"listed {steps} after the saves of 9 and 10")


@required("another process sees it", LOST)
async def clients_share_a_store(trial: Trial) -> Outcome:
    """Save by one client, and ask another."""
    _saved(_store(trial), 2)
    steps = list(_store(trial).steps())
    return unless(steps == [2], f"listed {steps} to another client after the save of 2")


@required("checkpoints of two jobs are apart", "a job would resume from another's weights")
async def jobs_are_apart(trial: Trial) -> Outcome:
    """Save for one job, and ask for the other."""
    _saved(_store(trial), 2)
    steps = list(_store(trial, name="job-2").steps())
    return unless(steps == [], f"listed {steps} to a job that has saved nothing")


@required("what is loaded is the state that was saved, each tensor of it", TORN)
async def the_whole_state_is_loaded(trial: Trial) -> Outcome:
    """Save twice, and load both by another client."""
    _saved(_store(trial), 2, 4)
    wrong = [told for step in (2, 4) if (told := _loaded(_store(trial), step))]
    return unless(not wrong, f"loaded another {' and '.join(wrong)}")


@required("a save holds the tensors as they are when it begins, though training moves them meanwhile", TORN)
async def a_save_is_of_its_beginning(trial: Trial) -> Outcome:
    """Move weights and moments in place between the beginning and the end of a save."""
    store, live = _store(trial), _state(2)
    store.begin(2, live)
    for name in ("weights", "exp_avg", "optimizer_steps"):
        live[name].add_(1.0)
    store.finish(2)
    wrong = _loaded(_store(trial), 2)
    return unless(not wrong, f"loaded the {wrong} of a later step")


@required("a save that is not finished is no checkpoint", "a resume would find a part of a state")
async def an_unfinished_save_is_not_listed(trial: Trial) -> Outcome:
    """Ask this client and another, while a save is in flight."""
    store = _saved(_store(trial), 2)
    store.begin(4, _state(4))
    seen = list(store.steps()), list(_store(trial).steps())
    store.finish(4)
    return unless(seen == ([2], [2]), f"listed {seen[0]}, and {seen[1]} to another client, in the save of 4")


@required("a save whose process ended is no checkpoint, then and later", "a resume would find a part of a state")
async def a_cut_save_is_not_listed(trial: Trial) -> Outcome:
    """Let a process end within a save."""
    store = _cut_short(trial)
    await trial.sleep(3600.0)
    steps = list(store.steps())
    return unless(steps == [2], f"listed {steps} after the save of 4 was cut short")


@required("a save whose process ended leaves the earlier checkpoint", LOST)
async def a_cut_save_leaves_the_earlier(trial: Trial) -> Outcome:
    """Load the checkpoint before it."""
    store = _cut_short(trial)
    wrong = _loaded(store, 2)
    return unless(not wrong, f"loaded another {wrong} of 2")


@required("a step whose save was cut short can be saved again", "each later attempt would die in its first save")
async def a_cut_save_is_made_again(trial: Trial) -> Outcome:
    """Save the step by the next process."""
    store = _saved(_cut_short(trial), 4)
    if 4 not in store.steps():
        return Missed(f"listed {list(store.steps())} after the save of 4 was made again")
    wrong = _loaded(store, 4)
    return unless(not wrong, f"loaded another {wrong} of 4")


@required("to load a save that was cut short is refused", TORN)
async def a_cut_save_is_refused(trial: Trial) -> Outcome:
    """Load it."""
    return unless(_is_refused(_cut_short(trial), 4), "loaded a save that was cut short")


@required("to load a step that was never saved is refused", TORN)
async def an_unknown_step_is_refused(trial: Trial) -> Outcome:
    """Load it."""
    return unless(_is_refused(_saved(_store(trial), 2), 3), "loaded step 3 where only 2 was saved")


@required("a checkpoint that was removed is gone", "a disk would be full, or a resume would read what is not there")
async def a_removed_step_is_gone(trial: Trial) -> Outcome:
    """Remove the older of two, and load it."""
    store = _saved(_store(trial), 2, 4)
    store.remove(2)
    steps = list(_store(trial).steps())
    if steps != [4]:
        return Missed(f"listed {steps} after the removal of 2 beside 4")
    return unless(_is_refused(_store(trial), 2), "loaded a checkpoint that was removed")


@required("a removal leaves the others whole", LOST)
async def a_removal_leaves_the_others(trial: Trial) -> Outcome:
    """Remove one of two, and load the other."""
    store = _saved(_store(trial), 2, 4)
    store.remove(2)
    wrong = _loaded(_store(trial), 4)
    return unless(not wrong, f"loaded another {wrong} of 4")


@optional(
    "a step that is saved again, by a save that is cut short, has its earlier checkpoint still",
    "a job that started over would damage the checkpoints that it passes",
)
async def a_cut_repetition_leaves_the_first(trial: Trial) -> Outcome:
    """Save a step, and begin it again with other tensors."""
    store = _saved(_store(trial), 2)
    store.begin(2, {name: tensor + 1 for name, tensor in _state(2).items()})
    store.abandon()
    wrong = _loaded(_store(trial), 2)
    return unless(not wrong, f"loaded the {wrong} of the save that was cut short")
