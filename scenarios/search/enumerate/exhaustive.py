"""Every order of a small world, played once and judged by the promises."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from gateway_sim.scenarios.judge.anomalies import counts
from gateway_sim.scenarios.run.rows import Row
from gateway_sim.scenarios.run.store import Store, kept
from gateway_sim.scenarios.run.sweep import spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.search.enumerate.choices import Choices, Order
from gateway_sim.scenarios.search.enumerate.promises import PROMISES
from gateway_sim.scenarios.search.enumerate.world import SmallWorld, play

SPLIT: Final = 9
"""Orders with the same first choices, this many, are one piece of work: it takes seconds, so Ctrl-C ends it soon."""


@dataclass(frozen=True)
class Counterexample:
    """An order that broke a promise: the violation, and the number of events in its trace."""

    events: int
    order: Order
    message: str
    at_s: float


@dataclass(frozen=True)
class Orders:
    """The results of `count` orders of a world.

    `broken` counts the orders that broke each promise, by its name; `shortest` holds the one with the fewest events.
    `anomalies` counts the orders that showed each anomaly, `drawn` those with a wait that chance drew, and `cut` those
    whose lag a limit of the world ended early.
    """

    count: int = 0
    kept: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    shortest: dict[str, Counterexample] = field(default_factory=dict)
    anomalies: Counter[str] = field(default_factory=Counter)
    drawn: int = 0
    cut: int = 0

    @property
    def whole(self) -> bool:
        """Whether these are all orders: nothing was drawn by chance in one, and none was cut short."""
        return not self.drawn and not self.cut

    def __add__(self, other: "Orders") -> "Orders":
        """Return the results of both together."""
        shortest = dict(self.shortest)
        for promise, found in other.shortest.items():
            before = shortest.get(promise, found)
            shortest[promise] = min(before, found, key=lambda one: (one.events, one.order))
        return Orders(
            self.count + other.count,
            self.kept + other.kept,
            self.broken + other.broken,
            shortest,
            self.anomalies + other.anomalies,
            self.drawn + other.drawn,
            self.cut + other.cut,
        )


def pieces(world: SmallWorld, depth: int = SPLIT) -> Iterator[Order]:
    """Yield each distinct beginning, of at most `depth` choices, of the orders of a world."""
    begun: Order | None = ()
    while begun is not None:
        choices = Choices(begun)
        play(world, choices)
        yield choices.order[:depth]
        begun = choices.following(upto=depth)


def orders(world: SmallWorld, begun: Order = ()) -> Iterator[Orders]:
    """Play every order that begins with `begun`, and yield the result of each."""
    script: Order | None = begun
    while script is not None:
        choices = Choices(script)
        yield held(world, choices)
        script = choices.following(after=len(begun))


def held(world: SmallWorld, choices: Choices) -> Orders:
    """Play one order and return its result."""
    trace = play(world, choices)
    broken = {}
    for promise in PROMISES:
        violation = next(promise(trace), None)
        if violation is not None:
            found = Counterexample(len(trace.entries), choices.order, violation.message, round(violation.at_s, 6))
            broken[promise.__name__.replace("_", " ")] = found
    showed = Counter(counts(trace).keys())
    return Orders(1, int(not broken), Counter(broken.keys()), broken, showed, int(choices.drawn), int(choices.cut))


def whole(world: SmallWorld, workers: Workers, store: Store | None = None) -> Iterator[Orders]:
    """Play all orders of a world and yield the results, piece by piece; from a `store`, the pieces that it has.

    The sum does not depend on the workers.
    """
    if workers.alone and store is None:
        yield from orders(world)
        return

    def running(left: Sequence[Order]) -> Iterator[Orders]:
        return spread(partial(_piece, world), left, workers, chunk=1, named=_named)

    def row(begun: Order, found: Orders) -> Row:
        words = {"client": world.client.name, "gateway": world.gateway.name, "sdk": world.sdk.name}
        verdict = "kept" if found.kept == found.count else "broken"
        lists = {"broken": sorted(found.broken), "anomalies": sorted(found.anomalies)}
        return {**words, **lists, "engine": "virtual", "order": ".".join(map(str, begun)), "verdict": verdict}

    yield from kept(store, list(pieces(world)), running, row, world)


def _named(begun: Order) -> str:
    return f"the orders that begin with {'.'.join(map(str, begun))}"


def _piece(world: SmallWorld, begun: Order) -> Orders:
    return sum(orders(world, begun), Orders())
