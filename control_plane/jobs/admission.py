"""How many requests a server takes on: a bucket that refills. Pure: `now_s` is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class TokenBucket:
    """Lets `burst` requests in at once and `per_s` a second for long; the others are turned away."""

    burst: float
    per_s: float
    _left: float = 0.0
    _seen_s: float | None = None

    def admits(self, now_s: float) -> bool:
        """Say whether a request that comes now is let in, and count it if it is; `now_s` never goes back."""
        if self._seen_s is None:
            self._left = self.burst
        else:
            self._left = min(self.burst, self._left + (now_s - self._seen_s) * self.per_s)
        self._seen_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
