"""How sure a mean is: Student's t interval. Pure."""

import math
import statistics
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=1024)
def t_quantile(freedom: int, confidence: float = 0.95) -> float:
    """Return the t for which Student's distribution lies within -t and t with this confidence.

    `freedom` is the number of degrees of freedom, 1 or more. The distribution is integrated by Simpson's rule.
    """
    low, high = 0.0, 1e6
    while high - low > 1e-9 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return high


def _within(t: float, freedom: int, pieces: int = 400) -> float:
    """Return the probability of -t to t, integrated over the angle atan(x / sqrt(freedom)), where it is smooth."""
    end = math.atan(t / math.sqrt(freedom))
    weights = (1 if n in (0, pieces) else 4 if n % 2 else 2 for n in range(pieces + 1))
    area = sum(weight * math.cos(n * end / pieces) ** (freedom - 1) for n, weight in enumerate(weights))
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    return 2 * scale * area * end / pieces / 3


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the mean of one or more values and the ends of its t interval; of one value all three are the value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, mean, mean
    half = t_quantile(len(values) - 1, confidence) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half
