"""The training runs and checkpoints of a job, for listing, labelling and deleting. Synchronous.

Labels lie beside the marker, each in a file of its own, so that the file's time says when it was set.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, get_args

from gateway_sim.trainer_pod.checkpoint_paths import Purpose, checked, read_run_id, run_id, written
from gateway_sim.trainer_pod.checkpoints import COMMIT, CheckpointStore, Commit, commit_of_marker
from gateway_sim.trainer_pod.model_shape import shape_of
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.protocol.listings import (
    Checkpoint,
    ServerCapabilitiesResponse,
    SupportedModel,
    TrainingRun,
    WeightsInfoResponse,
)
from gateway_sim.trainer_pod.refusals import CheckpointRefused, Problem

_TTL, _PUBLIC, _METADATA = "TTL", "PUBLIC", "METADATA"
_TYPES: Final[Mapping[Purpose, str]] = {"weights": "training", "sampler_weights": "sampler"}
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_EXAMPLES: Final = ("gateway-sim/bytes-32", "gateway-sim/bytes-1024", "gateway-sim/tokens-32000-64-context-8192")


@dataclass(frozen=True)
class LiveModel:
    """A model in the pod's memory, and the training run that it saves to."""

    run: str
    base_model: str
    lora: LoraConfig


class Catalog:
    """What `job` has saved, and the `live` models of its pod by their ids."""

    def __init__(self, root: str, account: str, job: str, live: Mapping[str, LiveModel]) -> None:
        self._account, self._job, self._live = account, job, live
        self._folder = Path(root) / account / job
        self._store = CheckpointStore(root, account, job)

    def training_runs(self) -> list[TrainingRun]:
        """Return the runs that have a model in memory or a checkpoint, the job's own first."""
        runs = {model.run for model in self._live.values()} | {run for run in self._saved_runs() if any(self._of(run))}
        return [self._described(run) for run in sorted(runs)]

    def training_run(self, asked: str) -> TrainingRun:
        """Return the run of an id, or of a model's id. Raises a 404."""
        return self._described(self._known(asked))

    def checkpoints(self, asked: str) -> list[Checkpoint]:
        """Return a run's checkpoints in the order of their saves. Raises a 404."""
        return sorted(self._of(self._known(asked)), key=_when)

    def all_checkpoints(self) -> list[Checkpoint]:
        """Return the job's checkpoints, the newest first."""
        return sorted((one for run in self._saved_runs() for one in self._of(run)), key=_when, reverse=True)

    def delete(self, asked: str, purpose: str, name: str) -> None:
        """Delete a checkpoint: first its marker, so that no half of it counts. Raises a 404."""
        place = self._place(asked, purpose, name)
        (place / COMMIT).unlink()
        shutil.rmtree(place, ignore_errors=True)

    def keep_for(self, asked: str, purpose: str, name: str, ttl_s: int | None) -> None:
        """Set how long a checkpoint is kept, counted from now; None: for good. Raises a 404."""
        label(self._place(asked, purpose, name), ttl_s, None)

    def publish(self, asked: str, purpose: str, name: str, *, public: bool) -> None:
        """Mark a checkpoint as public, or as private. Raises a 404."""
        mark = self._place(asked, purpose, name) / _PUBLIC
        if public:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def weights_info(self, path: str) -> WeightsInfoResponse:
        """Return what a model must be to load a checkpoint. Raises a 404."""
        try:
            commit = self._store.committed(path)
        except CheckpointRefused as refused:
            raise _unknown(str(refused)) from refused
        lora = commit.lora_config or LoraConfig(rank=0)
        return WeightsInfoResponse(
            base_model=commit.base_model,
            is_lora=lora.rank > 0,
            lora_rank=lora.rank or None,
            train_unembed=lora.train_unembed,
            train_mlp=lora.train_mlp,
            train_attn=lora.train_attn,
        )

    def capabilities(self) -> ServerCapabilitiesResponse:
        """Return base models that a pod trains and samples from."""
        models = [
            SupportedModel(model_name=name, max_context_length=shape_of(name).context, trainable=True, sampleable=True)
            for name in _EXAMPLES
        ]
        return ServerCapabilitiesResponse(supported_models=models)

    def _known(self, asked: str) -> str:
        """Return the run that an id of this job, or a model's id, means."""
        if asked in self._live:
            return self._live[asked].run
        place = read_run_id(asked) or ("", "")
        run = place[1] if place[0] == self._job else asked if asked in self._saved_runs() else None
        if run is None or not (any(self._of(run)) or any(model.run == run for model in self._live.values())):
            raise Problem(404, "unknown-run", "Unknown training run", f"this job has no training run {asked!r}")
        return run

    def _saved_runs(self) -> list[str]:
        return self._store.runs(self._job)

    def _place(self, asked: str, purpose: str, name: str) -> Path:
        """Return the folder of a committed checkpoint of a run of this job. Raises a 404."""
        run = self._known(asked)
        try:
            place = self._folder / run / purpose / checked(name)
        except CheckpointRefused as refused:
            raise _unknown(str(refused)) from refused
        if purpose not in get_args(Purpose) or not (place / COMMIT).exists():
            raise _unknown(f"training run {asked!r} has no checkpoint {purpose}/{name}")
        return place

    def _of(self, run: str) -> Iterator[Checkpoint]:
        for purpose, kind in _TYPES.items():
            for marker in sorted((self._folder / run / purpose).glob(f"*/{COMMIT}")):
                place, name = marker.parent, marker.parent.name.removesuffix("~")
                yield Checkpoint.model_validate(
                    {
                        "checkpoint_id": f"{purpose}/{name}",
                        "checkpoint_type": kind,
                        "time": _time(marker),
                        "tinker_path": written(self._job, run, purpose, name),
                        "size_bytes": sum(file.stat().st_size for file in place.iterdir()),
                        "public": (place / _PUBLIC).exists(),
                        **_labels(place),
                    }
                )

    def _described(self, run: str) -> TrainingRun:
        saved = sorted(self._of(run), key=_when)
        base_model, lora = self._model_of(run, saved)
        return TrainingRun(
            training_run_id=run_id(self._job, run),
            base_model=base_model,
            model_owner=self._account,
            is_lora=lora.rank > 0,
            lora_rank=lora.rank or None,
            last_request_time=saved[-1].time if saved else _EPOCH,
            last_checkpoint=next((one for one in reversed(saved) if one.checkpoint_type == "training"), None),
            last_sampler_checkpoint=next((one for one in reversed(saved) if one.checkpoint_type == "sampler"), None),
        )

    def _model_of(self, run: str, saved: list[Checkpoint]) -> tuple[str, LoraConfig]:
        """Return base model and adapter of a run: those of its newest model in memory, or of its last checkpoint."""
        models = [model for model in self._live.values() if model.run == run]
        if models:
            return models[-1].base_model, models[-1].lora
        commit = self._commit(self._folder / run / saved[-1].checkpoint_id)
        return commit.base_model, commit.lora_config or LoraConfig(rank=0)

    def _commit(self, place: Path) -> Commit:
        return commit_of_marker((place / COMMIT).read_bytes(), place.name)


def label(place: Path, ttl_s: int | None, metadata: Mapping[str, str] | None) -> None:
    """Write what a save says about its checkpoint beside the state; an earlier time to live is forgotten."""
    (place / _TTL).unlink(missing_ok=True)
    if ttl_s is not None:
        (place / _TTL).write_text(str(ttl_s))
    if metadata:
        (place / _METADATA).write_text(json.dumps(dict(metadata)))


def _labels(place: Path) -> dict[str, object]:
    labels: dict[str, object] = {}
    if (place / _TTL).exists():
        labels["expires_at"] = _time(place / _TTL) + timedelta(seconds=int((place / _TTL).read_text()))
    if (place / _METADATA).exists():
        labels["user_metadata"] = json.loads((place / _METADATA).read_text())
    return labels


def _time(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _when(checkpoint: Checkpoint) -> datetime:
    return checkpoint.time


def _unknown(detail: str) -> Problem:
    return Problem(404, "unknown-checkpoint", "Unknown checkpoint", detail)
