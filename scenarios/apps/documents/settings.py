"""The documents of a team's own settings: the file of `--config`, and the sweep of a setting."""

from typing import NotRequired

from typing_extensions import TypedDict

Word = int | float | bool | str


class Config(TypedDict):
    """A file of `--config`, in TOML: settings as `--set` takes them, and the values of `--sweep`.

    A list in `settings` is written as its words with commas between. `seed` plays one seed, `seeds` those from 0 on.
    """

    seed: NotRequired[int]
    seeds: NotRequired[int]
    settings: NotRequired[dict[str, Word | list[Word]]]
    sweep: NotRequired[dict[str, Word | list[Word]]]


class Mean(TypedDict):
    """A mean over the seeds, and the ends of its interval of 95 %."""

    mean: float
    low: float
    high: float


class SweepRow(TypedDict):
    """One combination of values. `theory` names what calls it the best; `damage` is null for a race."""

    values: dict[str, str]
    theory: str
    seeds: int
    broken: Mean
    damage: Mean | None
    cost: Mean
    closed_form: float | None
    best: bool
    digest: str


class Sweep(TypedDict):
    """A story or a race under each value of its swept settings."""

    race: str
    settings: dict[str, str]
    swept: list[str]
    seeds: int
    damage_unit: str
    cost: str
    interval: str
    rows: list[SweepRow]
    best: dict[str, str]
    sentence: str
