"""The user's requests of a log in order: where a window lies among them, and how late an answer must be.

A world's user is faster than a log's. An answer that is held up until the log's next request keeps a world from
sending that request before the window begins, so that every drawn world meets the misses of the log. Pure.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from gateway_sim.legs import Leg
from gateway_sim.scenarios.races.incidents.log import Line
from gateway_sim.scenarios.races.incidents.pace import is_call, seen
from gateway_sim.scenarios.world.settings import Settings

LONGEST_REPLY_S = 30.0
"""An answer is held up no longer than this: an SDK gives a poll up after 45 s, and another request after 60 s."""
MOST_POLLS = 1_000_000
"""A call is polled less often than this."""
LONGEST_HEALTH_S = 4.0
"""A healthz is given up after 5 s."""


class Moment(NamedTuple):
    """How far a run is; moments are ordered.

    Call 0 is connecting: healthz and then the requests of the connect, each with its number. Call n is the n-th
    training call, taken; its `part` grows with each poll that was held in vain, and is 1 once its result was delivered.
    """

    call: int
    part: float

    @property
    def held(self) -> bool:
        """Whether it is a poll that was held in vain."""
        return self.call > 0 and 0 < self.part < 1


class Counter:
    """Counts a run's answers, of a log or of a world."""

    def __init__(self) -> None:
        self._calls = self._healthy = self._connects = self._polls = 0

    def after(self, leg: Leg, *, call: bool = False, result: bool = False) -> Moment | None:
        """Return the moment of an answer on `leg`, to a training `call` or with a `result`; None if it is no moment."""
        if leg == "health" and not self._connects and not self._calls:
            self._healthy += 1
            return Moment(-1, self._healthy)
        if leg == "connect":
            self._connects += 1
            return Moment(0, self._connects) if not self._calls else None
        if leg == "dispatch" and call:
            self._calls, self._polls = self._calls + 1, 0
            return Moment(self._calls, 0)
        if leg != "poll":
            return None
        self._polls += 1
        delivered = 1 if self._calls else math.inf
        return Moment(self._calls, delivered if result else self._polls / MOST_POLLS) if self._calls or result else None


class Flow:
    """The requests of a log's user, without heartbeats; `settings` is the pace of its world."""

    def __init__(self, lines: Sequence[Line], settings: Settings) -> None:
        self._lines = [line for line in lines if line.leg != "heartbeat"]
        self._at_s = [line.at_s for line in self._lines]
        self._think_s, self._calls_a_step = settings.think_s, settings.microbatches + 1
        self._hold_s = settings.pod_hold_s
        counter = Counter()
        self._moments = [
            counter.after(line.leg, call=is_call(line), result=line.status < 400) if seen(line) else None
            for line in self._lines
        ]
        self._times_s = [self._time_s(n) for n in range(len(self._lines))]
        told = sorted((at_s, m) for at_s, m in zip(self._times_s, self._moments, strict=True) if m is not None)
        self._moments_s, self._ordered = [at_s for at_s, _ in told], [moment for _, moment in told]

    def by(self, at_s: float) -> tuple[Moment | None, float]:
        """Return the last moment by `at_s`, and its time; None and 0 without any."""
        n = bisect_right(self._moments_s, at_s) - 1
        return (self._ordered[n], self._moments_s[n]) if n >= 0 else (None, 0.0)

    def before(self, from_s: float) -> tuple[Moment | None, float, float]:
        """Return the answer that the user's miss at `from_s` follows, by when the next request comes, and its time.

        None where another request came between, or where no request of the user's missed.
        """
        miss = bisect_left(self._at_s, from_s)
        while miss < len(self._lines) and self._at_s[miss] == from_s and not self._lines[miss].missed:
            miss += 1
        if not 0 < miss < len(self._lines) or self._at_s[miss] != from_s or (last := self._moments[miss - 1]) is None:
            return None, 0.0, 0.0
        return last, self._late_s(miss - 1) + self._thinks_s(miss - 1), self._times_s[miss - 1]

    def replies(self, until_s: float) -> dict[Moment, float]:
        """Return how late answers must be up to `until_s`, in seconds: while connecting, and before each miss."""
        late = {}
        for n, moment in enumerate(self._moments[:-1]):
            if moment is None or self._lines[n].at_s > until_s:
                continue
            follower = self._lines[n + 1]
            # when a poll of the connect arrived is known only where the log says so
            connecting = moment.call <= 0 and follower.leg != "dispatch"
            connecting = connecting and (follower.leg != "poll" or follower.asked_s is not None)
            if (follower.missed or connecting) and self._late_s(n) > 0:
                late[moment] = round(self._late_s(n), 6)
        return late

    def _late_s(self, n: int) -> float:
        line, follower = self._lines[n], self._lines[n + 1]
        most_s = LONGEST_HEALTH_S if line.leg == "health" else LONGEST_REPLY_S
        if line.leg == "poll":
            most_s = min(most_s, 44.0 - self._hold_s)
        return min(max(follower.sent_s - self._times_s[n] - self._thinks_s(n), 0.0), most_s)

    def _thinks_s(self, n: int) -> float:
        """Return how long the world's user thinks between a request and the next one."""
        moment, leg = self._moments[n], self._lines[n].leg
        begins = moment is not None and moment.call % self._calls_a_step == 0 and leg in ("poll", "connect")
        return self._think_s if begins and self._lines[n + 1].leg == "dispatch" else 0.0

    def _time_s(self, n: int) -> float:
        """Return when the moment of a request is there in a world.

        Its pods answer at once; only polls for a training call are held.
        """
        line, moment = self._lines[n], self._moments[n]
        if line.leg == "poll" and moment is not None and moment.call == 0 and line.asked_s is None and n > 0:
            return self._lines[n - 1].at_s
        return line.at_s if line.leg == "poll" and (moment is None or moment.call > 0) else line.sent_s
