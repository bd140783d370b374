"""Checkpoints through torch.distributed.checkpoint. A marker is written last: without it there is no checkpoint.

A save writes beside the name and takes the name when it is committed, so an earlier checkpoint of that name remains
until then. The marker names the base model, its adapters and the digest of the weights.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from gateway_sim.trainer_pod.checkpoint_paths import JOBS_OWN, Address, Purpose, checked, read, written
from gateway_sim.trainer_pod.engine import TrainingModel, digest
from gateway_sim.trainer_pod.model import Transformer
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.state_files import read_state, write_state

COMMIT = "COMMIT"


class Commit(BaseModel):
    """The content of a marker; `image` is the digest of the image that the checkpoint was made in, where known."""

    model_config = ConfigDict(frozen=True)

    base_model: str
    lora_config: LoraConfig | None
    step: int
    weights: str
    image: str = ""


class Kept(Protocol):
    """A model that can be saved: one of the pods' own kind, or another, which has no `lora_config`."""

    step: int

    @property
    def base_model(self) -> str:
        """Return what kind of model it is."""
        ...

    @property
    def lora_config(self) -> LoraConfig | None:
        """Return how it is adapted."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return its tensors by name, its weights as "weights"."""
        ...

    def restore(self, state: Mapping[str, Tensor], *, with_optimizer: bool) -> None:
        """Take a state that `state` returned."""
        ...

    def weights_digest(self) -> str:
        """Return the digest of its weights."""
        ...


class CheckpointStore:
    """The checkpoints of one job, across its incarnations, as one training run of it sees them.

    They are at `{root}/{account}/{job}/{purpose}/{name}`, and at `{job}/{run}/{purpose}/{name}` where the run does not
    bear the job's name. Saves go to `run`. A checkpoint is addressed by the path that its save returned; by its name,
    which means the run's own or else the only one of that name in the job; or as `checkpoint_paths` says. Paths also
    reach the account's other jobs. `image` is the digest of the image that the caller runs in: a checkpoint from
    another image is refused, unless either image is unknown.
    """

    def __init__(self, root: str, account: str, job: str, *, run: str = JOBS_OWN, image: str = "") -> None:
        self._account = Path(root) / account
        self._job = job
        self._run = run
        self._image = image

    def names(self, job: str | None = None) -> list[str]:
        """Return the names of the committed training checkpoints of this job, or of another, in order."""
        folders = [self._folder(job or self._job, run, "weights") for run in self.runs(job or self._job)]
        markers = [marker for folder in folders for marker in folder.glob(f"*/{COMMIT}")]
        return sorted({marker.parent.name.removesuffix("~") for marker in markers})

    def runs(self, job: str) -> list[str]:
        """Return the training runs of a job that saved something, its own first."""
        return [JOBS_OWN, *sorted(folder.name for folder in (self._account / job).glob("*:train:*"))]

    def save(self, model: Kept, name: str, purpose: Purpose = "weights", *, overwrite: bool = True) -> str:
        """Write a model's state and commit it; returns its path. Raises CheckpointRefused for an unfit name."""
        return self.commit(name, self.stage(model, name, purpose, overwrite=overwrite), purpose)

    def stage(self, model: Kept, name: str, purpose: Purpose = "weights", *, overwrite: bool = True) -> Commit:
        """Write a model's state beside the name, and return the marker for `commit`; until then it is no checkpoint."""
        place = self._place(name, purpose)
        _settle(place)
        if not overwrite and (place / COMMIT).exists():
            raise CheckpointRefused(f"there is a checkpoint {name!r} already, and overwrite is false")
        staged = staged_at(place)
        shutil.rmtree(staged, ignore_errors=True)
        staged.parent.mkdir(parents=True, exist_ok=True)
        state = model.state()
        write_state(state if purpose == "weights" else {"weights": state["weights"]}, staged)
        return _commit_of(model, self._image)

    def commit(self, name: str, commit: Commit, purpose: Purpose = "weights") -> str:
        """Write the marker of a staged state, give it its name, and return its path."""
        place = self._place(name, purpose)
        _mark(staged_at(place), commit)
        _settle(place)
        return written(self._job, self._run, purpose, name)

    def revive(self, path: str, device: str, *, with_optimizer: bool) -> TrainingModel:
        """Return a new model in a checkpoint's state; raises CheckpointRefused if the checkpoint cannot be read."""
        _, commit = self._committed(path)
        if commit.lora_config is None:
            raise CheckpointRefused(f"checkpoint {path!r} is of {commit.base_model!r}, which no pod trains")
        model = TrainingModel(commit.base_model, commit.lora_config, device)
        self.load(model, path, with_optimizer=with_optimizer)
        return model

    def weights_of(self, path: str) -> tuple[Commit, Tensor]:
        """Return the marker and the weights of a checkpoint of training or of a sampler. Raises CheckpointRefused."""
        address = read(path, self._job, samples=True)
        if address.purpose == "weights":
            place, commit = self._committed(path)
        else:
            run = address.run or JOBS_OWN
            place, commit = self._marked(self._folder(address.job, run, address.purpose) / address.name, path)
        if commit.lora_config is None:
            raise CheckpointRefused(f"checkpoint {path!r} is of {commit.base_model!r}, from which no pod samples")
        state = {"weights": Transformer(commit.base_model, commit.lora_config, "cpu").weights}
        read_state(state, place, path)
        if digest(state["weights"]) != commit.weights:
            raise CheckpointRefused(f"checkpoint {path!r} does not hold the weights its {COMMIT} marker names")
        return commit, state["weights"]

    def load(self, model: Kept, path: str, *, with_optimizer: bool) -> None:
        """Put a saved state into a model; raises CheckpointRefused, with the model unchanged, if it does not fit."""
        found, commit = self._committed(path)
        if (commit.base_model, _shape(commit.lora_config)) != (model.base_model, _shape(model.lora_config)):
            raise CheckpointRefused(
                f"checkpoint {path!r} is of {_described(commit)} and does not fit this model of {_described(model)}"
            )
        if commit.image and self._image and commit.image != self._image:
            raise CheckpointRefused(
                f"checkpoint {path!r} was made in image {commit.image} and does not fit this one, {self._image}"
            )
        state = model.state()
        read_state(state, found, path)
        if digest(state["weights"]) != commit.weights:
            raise CheckpointRefused(f"checkpoint {path!r} does not hold the weights its {COMMIT} marker names")
        model.restore(state, with_optimizer=with_optimizer)

    def committed(self, path: str) -> Commit:
        """Return the marker of a checkpoint. Raises CheckpointRefused if there is none."""
        return self._committed(path)[1]

    def path_of(self, path: str) -> str:
        """Return the path at which a checkpoint was saved, whichever way it is named. Raises CheckpointRefused."""
        place = self._committed(path)[0].relative_to(self._account)
        job, *run = place.parts[:-2]
        return written(job, run[0] if run else JOBS_OWN, "weights", place.name.removesuffix("~"))

    def place_of(self, name: str, purpose: Purpose) -> Path:
        """Return the folder of a checkpoint that this run saves. Raises CheckpointRefused for an unfit name."""
        return self._place(name, purpose)

    def _committed(self, path: str) -> tuple[Path, Commit]:
        """Return the folder with the checkpoint's marker, and the marker. Raises CheckpointRefused."""
        return self._marked(self._resolve(path), path)

    def _marked(self, place: Path, path: str) -> tuple[Path, Commit]:
        """Return the folder of a place that has the marker, and the marker. Raises CheckpointRefused."""
        found = next((folder for folder in (place, staged_at(place)) if (folder / COMMIT).exists()), None)
        if found is None:
            raise self._uncommitted(path, place)
        return found, commit_of_marker((found / COMMIT).read_bytes(), path)

    def _uncommitted(self, path: str, place: Path) -> CheckpointRefused:
        """Return the reason why there is no such checkpoint."""
        if place.exists() or staged_at(place).exists():
            return CheckpointRefused(f"checkpoint {path!r} has no {COMMIT} marker: its save was cut short")
        job = read(path, self._job, samples=True).job
        if path.startswith("cross_job://") and not (self._account / job).exists():
            return CheckpointRefused(f"this pod cannot reach {path!r}: the account has no checkpoints of a job {job!r}")
        return CheckpointRefused(f"there is no checkpoint {path!r}; there are: {', '.join(self.names(job)) or 'none'}")

    def _place(self, name: str, purpose: Purpose) -> Path:
        return self._folder(self._job, self._run, purpose) / checked(name)

    def _folder(self, job: str, run: str, purpose: Purpose) -> Path:
        return self._account / job / run / purpose

    def _resolve(self, path: str) -> Path:
        """Return the folder that a name or a path means. Raises CheckpointRefused if it means more than one."""
        address = read(path, self._job)
        if address.run is not None:
            return self._folder(address.job, address.run, "weights") / address.name
        own = self._folder(address.job, self._run if address.job == self._job else JOBS_OWN, "weights") / address.name
        return own if _is_committed(own) else self._only(address, own)

    def _only(self, address: Address, own: Path) -> Path:
        """Return the only committed checkpoint of the name in the job, or where this run would have it."""
        found = {
            written(address.job, run, "weights", address.name): place
            for run in self.runs(address.job)
            if _is_committed(place := self._folder(address.job, run, "weights") / address.name)
        }
        if len(found) > 1:
            raise CheckpointRefused(
                f"several training runs of job {address.job!r} have a checkpoint {address.name!r}; "
                f"take the path of one: {', '.join(found)}"
            )
        return next(iter(found.values()), own)


def _is_committed(place: Path) -> bool:
    return (place / COMMIT).exists() or (staged_at(place) / COMMIT).exists()


def staged_at(place: Path) -> Path:
    """Return the folder of a state that is not committed yet."""
    return place.with_name(f"{place.name}~")


def _settle(place: Path) -> None:
    """Give a committed save its name. At each instant one of the two folders has the marker of a complete state."""
    staged = staged_at(place)
    if not (staged / COMMIT).exists():
        return
    (place / COMMIT).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    staged.rename(place)
    _sync_folder(place.parent)


def _commit_of(model: Kept, image: str) -> Commit:
    return Commit(
        base_model=model.base_model,
        lora_config=model.lora_config,
        step=model.step,
        weights=model.weights_digest(),
        image=image,
    )


def _shape(lora: LoraConfig | None) -> LoraConfig | None:
    """Return an adapter's configuration without its seed, which says nothing about weights that are loaded."""
    return lora and lora.model_copy(update={"seed": None})


def _described(model: Kept | Commit) -> str:
    return repr(model.base_model) + (f" with rank {model.lora_config.rank}" if model.lora_config else "")


def _mark(folder: Path, commit: Commit) -> None:
    """Write the marker under another name, make it durable, and then rename it."""
    draft = folder / f"{COMMIT}~"
    with draft.open("wb") as file:
        file.write(commit.model_dump_json().encode())
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / COMMIT)
    _sync_folder(folder)


def commit_of_marker(marker: bytes, path: str) -> Commit:
    """Return a marker's content. Raises CheckpointRefused for a damaged one."""
    try:
        return Commit.model_validate_json(marker)
    except ValidationError as unreadable:
        raise CheckpointRefused(f"the {COMMIT} marker of checkpoint {path!r} is damaged") from unreadable


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
