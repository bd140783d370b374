"""Rate limiting of a server: a token bucket. Pure: `now_s` is an argument."""

from dataclasses import dataclass


@dataclass
class TokenBucket:
    """Admits `burst` requests at once, and `per_s` a second over a long time; refuses the others."""

    burst: float
    per_s: float
    _left: float = 0.0
    _seen_s: float | None = None

    def admits(self, now_s: float) -> bool:
        """Return whether a request at `now_s` is admitted, and count it if so; `now_s` never decreases."""
        if self._seen_s is None:
            self._left = self.burst
        else:
            self._left = min(self.burst, self._left + (now_s - self._seen_s) * self.per_s)
        self._seen_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
