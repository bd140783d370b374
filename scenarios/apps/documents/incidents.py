"""The document of an imported log."""

from typing_extensions import TypedDict

from gateway_sim.scenarios.apps.documents.runs import RaceRun
from gateway_sim.scenarios.races.incidents.flow import Moment
from gateway_sim.scenarios.world.settings import Settings


class Window(TypedDict):
    """A time in which these replicas did not see the route: lost in [after_s, from_s], seen in [to_s, before_s].

    `after_s` is null where no request got through before. `calls` training calls came before the window, the last at
    `called_s`; `last` is the moment of the run before the miss. `unnamed`: the log names no replica.
    """

    replicas: list[int]
    after_s: float | None
    from_s: float
    to_s: float
    before_s: float
    calls: int
    called_s: float
    last: Moment | None
    unnamed: bool


class World(TypedDict):
    """The world that was read from a log; `skipped` counts the lines that were not read, by reason."""

    settings: Settings
    windows: list[Window]
    notes: list[str]
    format: str
    skipped: dict[str, int]


class Import(TypedDict):
    """The world of a log, its runs under every pair, and in how many worlds the pair of the day broke."""

    world: World
    runs: list[RaceRun]
    broken_as_on_the_day: int
