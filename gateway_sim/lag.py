"""Laws of replica lag: how late a replica sees a change. Pure; the source of random numbers is an argument."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol


class Law(Protocol):
    """Decides whether a read shows a change of some age."""

    def draw(self, rng: random.Random) -> float:
        """Draw the lag of one change, in seconds; drawn once for each replica and change."""
        ...

    def shows(self, age_s: float, lag_s: float, rng: random.Random) -> bool:
        """Say whether a read shows a change of this age, whose drawn lag is `lag_s`."""
        ...

    def settles_s(self, lag_s: float) -> float:
        """Return the age, in seconds, at which every read shows a change whose drawn lag is `lag_s`."""
        ...

    @property
    def wavers(self) -> bool:
        """Say whether reads disagree about a change until it has settled."""
        ...


class _OnceDrawn:
    """Every read shows a change once it is as old as its drawn lag."""

    wavers: ClassVar[bool] = False

    def shows(self, age_s: float, lag_s: float, rng: random.Random) -> bool:
        """Show a change as old as its lag."""
        return age_s >= lag_s

    def settles_s(self, lag_s: float) -> float:
        """Settle at the drawn lag."""
        return lag_s


@dataclass(frozen=True)
class Fixed(_OnceDrawn):
    """Every change is seen `lag_s` seconds late."""

    lag_s: float

    def draw(self, rng: random.Random) -> float:
        """Return `lag_s`."""
        return self.lag_s


@dataclass(frozen=True)
class Uniform(_OnceDrawn):
    """Each change is seen between `low_s` and `high_s` seconds late."""

    low_s: float
    high_s: float

    def draw(self, rng: random.Random) -> float:
        """Draw a lag from the range."""
        return rng.uniform(self.low_s, self.high_s)


@dataclass(frozen=True)
class Exponential(_OnceDrawn):
    """Each change is seen late by `mean_s` seconds on average, with a long tail."""

    mean_s: float

    def draw(self, rng: random.Random) -> float:
        """Draw a lag; a mean of 0 is no lag."""
        return rng.expovariate(1.0 / self.mean_s) if self.mean_s > 0 else 0.0


@dataclass(frozen=True)
class SimpleDbStep:
    """The step measured on SimpleDB: reads are independent, so a stale read may follow a fresh one.

    33.4 % of reads are fresh up to 450 ms after a write, 99.78 % from 500 ms on; between them the share is assumed to
    rise linearly (docs/reference/findings.md §4, Wada et al.).
    """

    wavers: ClassVar[bool] = True

    early_share: float = 0.334
    late_share: float = 0.9978
    step_begins_s: float = 0.45
    step_ends_s: float = 0.5

    def draw(self, rng: random.Random) -> float:
        """Return 0: each read draws anew."""
        return 0.0

    def shows(self, age_s: float, lag_s: float, rng: random.Random) -> bool:
        """Draw for this read."""
        risen = (age_s - self.step_begins_s) / (self.step_ends_s - self.step_begins_s)
        share = self.early_share + (self.late_share - self.early_share) * min(max(risen, 0.0), 1.0)
        return rng.random() < share

    def settles_s(self, lag_s: float) -> float:
        """Settle at the end of the step, except for one read in 450."""
        return self.step_ends_s


BY_NAME: Final[Mapping[str, Callable[[float], Law]]] = {
    "fixed": Fixed,
    "uniform": lambda lag_s: Uniform(0.0, lag_s),
    "exponential": Exponential,
    "simpledb-step": lambda lag_s: SimpleDbStep(),
}
"""The law of each name, from one number of seconds: the lag, its maximum, or its mean; SimpleDB's step needs none."""
