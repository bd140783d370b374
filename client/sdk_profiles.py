"""What each real SDK does about a failed call, as data: which status, on which leg, in which loop, raised as what.

A profile is a `SdkProfile`; everything in it is a frozen record, and `next_step` is the one pure function that reads
them. To add an SDK, measure it (PROTOCOL §4), write another `SdkProfile` below and enter it in `PROFILES`.

The SDKs put two loops around a call. The inner one is the HTTP client's: it repeats one request, with one idempotency
key, and listens to the answer's headers. The outer one is tinker's: it repeats whole rounds of the inner one, each with
a key of its own, and listens to nothing. Fetching a result has neither of them, only a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from client.errors import ControlPlaneError, RetryableException, error_class
from client.failures import Failure
from client.legs import Leg, leg_of


@dataclass(frozen=True)
class Again:
    """Send it again after a wait drawn from `low_s` to `high_s`."""

    low_s: float
    high_s: float


@dataclass(frozen=True)
class GiveUp:
    """Raise the failure as `error`."""

    error: type[Exception]


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first_s` up to `longest_s`, each drawn from `jitter_low` times it up to it."""

    first_s: float
    longest_s: float
    jitter_low: float = 1.0

    def window(self, attempt: int) -> Again:
        """Return the wait before retry number `attempt`, counted from 0."""
        # past 2**60 the limit has long taken over, and a float would overflow
        high_s = min(self.first_s * 2.0 ** min(attempt, 60), self.longest_s)
        return Again(high_s * self.jitter_low, high_s)


AT_ONCE: Final = Backoff(0.0, 0.0)


@dataclass(frozen=True)
class Loop:
    """A retry loop: what it takes up, how long it waits, when it stops, and what it raises then.

    It takes up answers whose status is in `statuses`, 5xx too when `server_errors`, anything when `any_status`, and
    lost calls whose kind is in `lost`. It stops after `retries` (None: never for that reason) and once `budget_s` has
    passed since its first request; the last wait is cut so that it ends with the budget. A `Retry-After` of at most
    `retry_after_longest_s` replaces the backoff; None ignores the header. `heeds_should_retry` lets `x-should-retry`
    overrule the statuses. `raises` None means the error class of the status.
    """

    statuses: frozenset[int] = frozenset()
    server_errors: bool = False
    any_status: bool = False
    lost: frozenset[str] = frozenset()
    backoff: Backoff = AT_ONCE
    retries: int | None = None
    budget_s: float | None = None
    retry_after_longest_s: float | None = None
    heeds_should_retry: bool = False
    raises: type[Exception] | None = None

    def takes_up(self, failure: Failure) -> bool:
        """Whether this loop would retry such a failure at all."""
        if failure.status is None:
            return failure.kind in self.lost
        if self.heeds_should_retry and failure.should_retry is not None:
            return failure.should_retry
        known = failure.status in self.statuses or (self.server_errors and failure.status >= 500)
        return known or self.any_status


def next_step(loop: Loop, failure: Failure, attempt: int, elapsed_s: float) -> Again | GiveUp:
    """Decide what follows a failure: `attempt` retries were made so far, `elapsed_s` since the loop's first request."""
    spent = (loop.retries is not None and attempt >= loop.retries) or (
        loop.budget_s is not None and elapsed_s >= loop.budget_s
    )
    if spent or not loop.takes_up(failure):
        return GiveUp(loop.raises or error_class(failure))
    if (
        loop.retry_after_longest_s is not None
        and failure.retry_after_s is not None
        and 0 < failure.retry_after_s <= loop.retry_after_longest_s
    ):
        return Again(failure.retry_after_s, failure.retry_after_s)
    wait = loop.backoff.window(attempt)
    if loop.budget_s is None:
        return wait
    left_s = loop.budget_s - elapsed_s
    return Again(min(wait.low_s, left_s), min(wait.high_s, left_s))


@dataclass(frozen=True)
class PollRow:
    """One row of the table by which a result is fetched: the failures it covers, and whose counts it sets back to 0."""

    name: str
    loop: Loop
    clears: tuple[str, ...] = ()


@dataclass(frozen=True)
class PoolRule:
    """How many connections a pool may hold (None: as many as are wanted) and how long an idle one is kept."""

    max_connections: int | None
    keepalive_s: float


@dataclass(frozen=True)
class CallRule:
    """Where a call is sent, how long its answer may take, and the two loops around it."""

    pool: str
    timeout_s: float
    inner: Loop
    outer: Loop


@dataclass(frozen=True)
class SdkProfile:
    """A real SDK's behaviour: the rule of each leg and of the routes that differ from theirs, pools and headers.

    `key_headers` maps the name of each header that carries the API key to a format with `{key}`. `packages` says what
    was measured. A batch of more than `max_chunk_len` examples is sent in chunks of so many (FINDINGS §0 F2).
    """

    name: str
    summary: str
    packages: str
    legs: Mapping[Leg, CallRule]
    poll: tuple[PollRow, ...]
    pools: Mapping[str, PoolRule]
    key_headers: Mapping[str, str]
    user_agent: str
    sdk_version: str
    heartbeat_every_s: float
    routes: Mapping[str, CallRule] = field(default_factory=dict)
    max_chunk_len: int = 1024

    def rule_of(self, route: str) -> CallRule:
        """Return the rule of a route such as "forward_backward"."""
        return self.routes.get(route) or self.legs[leg_of(route)]

    def poll_row(self, failure: Failure) -> PollRow:
        """Return the first row of the poll table that covers a failure."""
        return next(row for row in self.poll if row.loop.takes_up(failure))


ONCE: Final = Loop()
"""No loop: whatever fails is raised."""

LOST: Final = frozenset({"refused", "reset", "timeout"})
BUSY: Final = frozenset({408, 409, 429})

_INNER: Final = Loop(
    statuses=BUSY,
    server_errors=True,
    lost=LOST,
    backoff=Backoff(0.5, 10.0, jitter_low=0.75),
    retries=10,
    retry_after_longest_s=60.0,
    heeds_should_retry=True,
)
_OUTER: Final = Loop(statuses=BUSY, server_errors=True, lost=LOST, backoff=Backoff(1.0, 30.0), budget_s=300.0)

_EARLY_POLL: Final = (
    PollRow("not yet", Loop(statuses=frozenset({408})), clears=("bad request", "lost")),
    PollRow("server error", Loop(server_errors=True), clears=("lost",)),
    PollRow("bad request", Loop(statuses=frozenset({400}), retries=3, raises=ValueError), clears=("lost",)),
    PollRow("expired", Loop(statuses=frozenset({410}), retries=0, raises=RetryableException)),
    PollRow("lost", Loop(lost=LOST, backoff=Backoff(1.0, 30.0))),
    PollRow("anything else", Loop(any_status=True, retries=0, raises=ValueError)),
)

TINKER_0_15: Final = SdkProfile(
    name="tinker-0.15",
    summary="the pair the seed PR ran on, April 2026",
    packages="fireworks-ai 1.0.0a62 with tinker 0.15.0 (f10 in PROTOCOL)",
    legs={
        "connect": CallRule("train", 60.0, _INNER, ONCE),
        "dispatch": CallRule("train", 60.0, _INNER, _OUTER),
        "poll": CallRule("retrieve", 45.0, ONCE, ONCE),
        "beat": CallRule("session", 10.0, ONCE, ONCE),
    },
    routes={"create_session": CallRule("session", 60.0, _INNER, ONCE)},
    poll=_EARLY_POLL,
    pools={
        "session": PoolRule(None, 5.0),
        "train": PoolRule(1, 5.0),
        "retrieve": PoolRule(50, 5.0),
        "telemetry": PoolRule(None, 5.0),
        "control-plane": PoolRule(None, 5.0),
    },
    key_headers={"X-API-Key": "{key}", "Authorization": "Bearer {key}"},
    user_agent="AsyncTinker/Python 0.15.0",
    sdk_version="0.15.0",
    heartbeat_every_s=10.0,
)

PROFILES: Final[Mapping[str, SdkProfile]] = {profile.name: profile for profile in (TINKER_0_15,)}
"""The SDKs that can be asked for by name."""

CONTROL_PLANE: Final = CallRule(
    "control-plane",
    30.0,
    ONCE,
    Loop(
        statuses=frozenset({408, 429, 500, 502, 503, 504}),
        lost=frozenset({"refused", "timeout"}),
        backoff=Backoff(1.0, 30.0),
        budget_s=300.0,
        raises=ControlPlaneError,
    ),
)
"""Control-plane calls, the same in every fireworks-ai measured (PROTOCOL §3)."""

HEALTH: Final = CallRule("control-plane", 5.0, ONCE, ONCE)
"""The readiness probe: one request, on the control plane's pool (PROTOCOL §2)."""
