"""An online test of a model: whether it draws fewer clicks than the one before it, asked after any number of visits.

A test of one fixed size that is looked at every day finds a difference between equal arms far more often than its error
rate says. A mixture sequential probability ratio test keeps its error rate over all looks together (Johari, Koomen,
Pekelis and Walsh, "Always Valid Inference", Operations Research 70(3), 2022; docs/reference/stories.md §3 g). Pure.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Arm:
    """The visits that one model served, and how many of them had a click."""

    visits: int
    clicks: int

    @property
    def rate(self) -> float:
        """The click-through: the share of visits with a click; 0 without visits."""
        return self.clicks / self.visits if self.visits else 0.0


@dataclass(frozen=True)
class OnlineTest:
    """Compares the click-through of two arms; differences are of shares of visits, from -1 to 1.

    `error_rate` is the chance that any of its looks finds a difference between equal arms, by the normal approximation.
    `expects` is the size of the differences that it is tuned to: their standard deviation before any visit.
    """

    error_rate: float = 0.05
    expects: float = 0.02

    def p_value(self, control: Arm, tested: Arm) -> float:
        """Return the smallest error rate with which a test would find the arms to differ at this look, from 0 to 1."""
        variance = _variance(control, tested)
        if variance == 0:
            return 1.0
        wide = variance + self.expects**2
        difference = tested.rate - control.rate
        odds = 0.5 * math.log(variance / wide) + (self.expects * difference) ** 2 / (2 * variance * wide)
        return math.exp(-odds) if odds > 0 else 1.0

    def finds_loss(self, control: Arm, tested: Arm) -> bool:
        """Return whether the tested arm has fewer clicks, and the arms differ at the error rate."""
        return tested.rate < control.rate and self.p_value(control, tested) <= self.error_rate

    def interval(self, control: Arm, tested: Arm) -> tuple[float, float]:
        """Return the least and the largest difference, tested minus control, that the look does not rule out."""
        variance = _variance(control, tested)
        if variance == 0:
            return -1.0, 1.0
        wide = variance + self.expects**2
        needed = math.log(1 / self.error_rate) + 0.5 * math.log(wide / variance)
        half = math.sqrt(2 * variance * wide * needed) / self.expects
        difference = tested.rate - control.rate
        return max(difference - half, -1.0), min(difference + half, 1.0)


def _variance(control: Arm, tested: Arm) -> float:
    """Return the variance of the difference of equal arms; 0 before both have visits and one of them a click."""
    if not control.visits or not tested.visits:
        return 0.0
    both = (control.clicks + tested.clicks) / (control.visits + tested.visits)
    return both * (1 - both) * (1 / control.visits + 1 / tested.visits)
