"""How sure a share is. Pure."""

import math


def wilson(successes: int, runs: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the Wilson score interval of a share, 95 % by default; (0, 1) of no runs at all."""
    if runs == 0:
        return 0.0, 1.0
    share = successes / runs
    middle = share + z * z / (2 * runs)
    spread = z * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    whole = 1 + z * z / runs
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
