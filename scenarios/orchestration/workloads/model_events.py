"""What happened to data and models: days, tables, images, registries and replays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PromotionsSettled:
    """Nobody promotes versions of this model any more; from here on it is only watched."""

    model: str


@dataclass(frozen=True)
class WatchEnded:
    """Nobody looks at this model any longer."""

    model: str


@dataclass(frozen=True)
class DayPlanned:
    """A whole day of a table has so many rows in each of its hours."""

    table: str
    date: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class TrainingSetRead:
    """A model is being trained on what a table held of a day at this version: so many rows in each hour."""

    table: str
    date: str
    version: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class ModelJudged:
    """What a model is worth on the whole of the next day, hour by hour, and what its offline judgement had said.

    `reference_quality` is that of a model that was trained on the whole day.
    """

    table: str
    date: str
    offline_quality: float
    quality: tuple[float, ...]
    reference_quality: tuple[float, ...]


@dataclass(frozen=True)
class QualityCrossChecked:
    """Somebody else's code says that the model of this day is worth so much on the next."""

    table: str
    date: str
    quality: float


@dataclass(frozen=True)
class WorkerDied:
    """A backfill's worker had written its part, and died before anybody heard of it; another does it again."""

    backfill: str
    part: str


@dataclass(frozen=True)
class BackfillEnded:
    """Every part of the backfill has been written, and its scheduler knows."""

    backfill: str


@dataclass(frozen=True)
class TableCounted:
    """What a table holds in each part: rows, and how many of them differ, beside how many there should be."""

    table: str
    rows: tuple[int, ...]
    distinct: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class ModelCompared:
    """A model was trained on what a table held; `undisturbed` are the weights that the true rows give.

    Each loss is (on what the model was trained on, on rows held out from everything).
    """

    table: str
    weights: str
    undisturbed: str
    loss: tuple[float, float]
    reference_loss: tuple[float, float]


@dataclass(frozen=True)
class ImageRan:
    """A pod of a job worked in this image, to train or to serve; `golden` digests what it makes of a known batch."""

    job: str
    purpose: str
    digest: str
    golden: str


@dataclass(frozen=True)
class DayServed:
    """A job's model served for a day; `reference_quality` is the undisturbed model's, in the image of its submit."""

    job: str
    day: int
    digest: str
    quality: float
    reference_quality: float


@dataclass(frozen=True)
class RunReplayed:
    """A run of the past was trained again on `day`, on what its record led to; each manifest digests the rows."""

    run: str
    day: int
    manifest: str
    manifest_of_the_run: str
    weights: str
    undisturbed: str


@dataclass(frozen=True)
class ReplayRefused:
    """A run of the past could not be trained again on `day`."""

    run: str
    day: int
    reason: str
