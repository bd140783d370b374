"""The events of models, and of the tables and images that they are made from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PromotionsSettled:
    """All promotions of this model have ended; the watch begins."""

    model: str


@dataclass(frozen=True)
class RolloutBounded:
    """What the tag of this model names must serve at most `within_s` seconds after the tag moved there."""

    model: str
    within_s: float


@dataclass(frozen=True)
class PromoterDied:
    """A promoter moved the tag to `version`, as its `token`-th move, and died before it deployed that version."""

    model: str
    version: int
    token: int


@dataclass(frozen=True)
class WatchEnded:
    """The watch of this model ended."""

    model: str


@dataclass(frozen=True)
class RowsCompared:
    """For each part of a table, the number of its rows whose content is not the source's newest."""

    table: str
    outdated: tuple[int, ...]


@dataclass(frozen=True)
class DayPlanned:
    """The number of rows in each hour of a complete day of a table."""

    table: str
    date: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class TrainingSetRead:
    """Training read a day of a table at this version; `rows` is the number of rows in each hour."""

    table: str
    date: str
    version: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class ModelJudged:
    """A model's quality on the next day, hour by hour, and its offline quality.

    `reference_quality` is that of a model trained on the complete day.
    """

    table: str
    date: str
    offline_quality: float
    quality: tuple[float, ...]
    reference_quality: tuple[float, ...]


@dataclass(frozen=True)
class QualityCrossChecked:
    """The quality of this day's model on the next day, as scikit-learn computes it."""

    table: str
    date: str
    quality: float


@dataclass(frozen=True)
class RankerServed:
    """On `day` so many `visits` got the ranker that was trained on `date`; each rate is a share of visits with a click.

    The rates are what the position model expects on that day: of this ranker, of the one before it, and of one that was
    trained on the complete day.
    """

    table: str
    date: str
    day: int
    visits: int
    click_rate: float
    former_click_rate: float
    reference_click_rate: float


@dataclass(frozen=True)
class ArmsCompared:
    """At the end of `day` an online test of the ranker of `date` compared its arms: (former ranker, tested ranker).

    `visits`, and the `clicks` among them, are those since the test began.
    """

    table: str
    date: str
    day: int
    visits: tuple[int, int]
    clicks: tuple[int, int]
    p_value: float


@dataclass(frozen=True)
class RankerRolledBack:
    """At the end of `day` the ranker of `date` was found to draw fewer clicks; the former one serves every visit."""

    table: str
    date: str
    day: int


@dataclass(frozen=True)
class GateEnforced:
    """After the rollback at the end of `day` every later training has to wait for the producer's manifest."""

    table: str
    day: int


@dataclass(frozen=True)
class WorkerDied:
    """A backfill's worker wrote its part and died before it reported it; the part is written again."""

    backfill: str
    part: str


@dataclass(frozen=True)
class BackfillEnded:
    """Every part of the backfill was written and reported to its scheduler."""

    backfill: str


@dataclass(frozen=True)
class TableCounted:
    """For each part of a table: its rows, its distinct rows, and the rows that it should have."""

    table: str
    rows: tuple[int, ...]
    distinct: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class ModelCompared:
    """A model was trained on a table; `undisturbed` are the weights that the true rows give.

    Each loss is (on the training rows, on held-out rows).
    """

    table: str
    weights: str
    undisturbed: str
    loss: tuple[float, float]
    reference_loss: tuple[float, float]


@dataclass(frozen=True)
class TreesCompared:
    """Boosted trees were trained on a table, with early stopping, and others on the true rows.

    Each loss is (on the training rows, on held-out rows), `tree_rounds` the rounds until the end: (on the table's rows,
    on the true rows).
    """

    table: str
    loss: tuple[float, float]
    reference_loss: tuple[float, float]
    tree_rounds: tuple[int, int]


@dataclass(frozen=True)
class ImageRan:
    """A pod of a job ran this image, to train or to serve; `golden` digests the image's output for a fixed batch."""

    job: str
    purpose: str
    digest: str
    golden: str


@dataclass(frozen=True)
class DayServed:
    """A job's model served for a day; `reference_quality` is its quality in the image of its submission.

    Of the day's `judged` pictures it gave `otherwise` another class than in that image.
    """

    job: str
    day: int
    digest: str
    quality: float
    reference_quality: float
    judged: int
    otherwise: int


@dataclass(frozen=True)
class RunReplayed:
    """On `day` a past run was trained again on the rows of its record; each manifest digests the rows."""

    run: str
    day: int
    manifest: str
    manifest_of_the_run: str
    weights: str
    undisturbed: str


@dataclass(frozen=True)
class ReplayRefused:
    """On `day` a past run could not be trained again."""

    run: str
    day: int
    reason: str
