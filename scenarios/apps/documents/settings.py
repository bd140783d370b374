"""The documents of a team's own settings: the file of `--config`, the sweep of a setting, its fleet."""

from typing import NotRequired

from typing_extensions import TypedDict

from gateway_sim.scenarios.orchestration.fleets.replay import Outcome

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
    """A story or a race under each value of its swept settings; `parts` are those of the user's own, by port.

    `stopped` is true after Ctrl-C, and where workers died or went away: `rows` are the values whose seeds were all
    played until then.
    """

    race: str
    settings: dict[str, str]
    parts: dict[str, str]
    swept: list[str]
    seeds: int
    damage_unit: str
    cost: str
    interval: str
    rows: list[SweepRow]
    best: dict[str, str]
    sentence: str
    stopped: bool


class FigureBeside(TypedDict):
    """A figure's mean over the seeds with its standard error, and what was expected of it, by the kind of expectation.

    A kind is "closed form", "simulated" or "reference".
    """

    figure: str
    measured: float
    standard_error: float
    expected: dict[str, float]


class StoryVariant(TypedDict):
    """A variant over seeds; `omits` is the part that its half-fix lacks, "" for the other variants.

    `verdicts` counts the runs by verdict; `broken` is the share of broken ones. `disagreeing` replays the runs with
    damage and no broken promise, or the other way round, `unexpected` those with an unexpected verdict.
    """

    variant: str
    omits: str
    does: str
    verdicts: dict[str, int]
    broken: Mean
    damage: Mean
    least: float
    most: float
    seed_0: float
    beside: list[FigureBeside]
    disagreeing: list[str]
    unexpected: list[str]


class StoryFigures(TypedDict):
    """The variants of a story over seeds 0 to `seeds` - 1; damage is counted in `unit`."""

    story: str
    seeds: int
    unit: str
    variants: list[StoryVariant]


class Stories(TypedDict):
    """Stories over seeds. `stopped` is true after Ctrl-C: `stories` are those that were played whole until then."""

    stories: list[StoryFigures]
    stopped: bool


class LeftOutRows(TypedDict):
    """Rows of a file that are not played, and the first one's line."""

    reason: str
    rows: int
    line: int


class Fleet(TypedDict):
    """A fleet under each placement. Without times (`timed` false) its jobs come one a second and stay.

    `stopped` is true after Ctrl-C, and where a scheduler of the user's own failed: `placements` are those until then.
    """

    nodes: int
    gpus: int
    jobs: int
    timed: bool
    seed: int
    settings: dict[str, str]
    left_out: list[LeftOutRows]
    not_played: list[str]
    placements: list[Outcome]
    stopped: bool
