"""How each real SDK handles a failed call, as data: by leg and status, the retry loop and the exception raised.

`retry_loops` reads these frozen records. To add an SDK, measure it (docs/reference/protocol.md §4), write its
`SdkProfile` below and add it to `PROFILES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from gateway_sim.client.sdk.errors import ControlPlaneError, RetryableException
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.legs import Leg, leg_of
from gateway_sim.client.sdk.retry_loops import Backoff, Loop

_K = TypeVar("_K", bound=str)


@dataclass(frozen=True)
class PollRow:
    """One row of a poll table: the failures it covers, and the rows whose counts it resets."""

    name: str
    loop: Loop
    clears: tuple[str, ...] = ()


@dataclass(frozen=True)
class PoolRule:
    """How many connections a pool may hold (None: no limit), and how long an idle one is kept."""

    max_connections: int | None
    keepalive_s: float


@dataclass(frozen=True)
class CallRule:
    """The pool of a call, its timeout, and the two retry loops around it.

    The HTTP library in use waits `times` times the timeout that it is given.
    """

    pool: str
    timeout_s: float
    inner: Loop
    outer: Loop
    times: float = 1.0


@dataclass(frozen=True)
class SamplingRule:
    """The loops of a sampling client around the rule of its leg (docs/reference/protocol.md §4.4).

    A request that was answered 429 is sent again after `busy_s`, as often as needed. `rounds` surrounds the request and
    its polls, and has no limit but `progress_s` without a result. Each repetition of the request has the next `seq_id`
    if `renumbers`, else each round has. `describes`: a new sampling client asks what it samples from.
    """

    rounds: Loop
    busy_s: float = 1.0
    progress_s: float = 7200.0
    renumbers: bool = True
    describes: bool = False


@dataclass(frozen=True)
class SdkProfile:
    """A real SDK's behaviour: the rule of each leg, the rules of routes that differ from their leg's, pools, headers.

    `key_headers` maps the name of each header that carries the API key to a format with `{key}`. `packages` names the
    measured versions. `config_routes` are posted before the session is created, each with whether a 404 is ignored.
    `info_at_connect`: get_info is called once, after create_model, and its answer is kept.
    `foreign_errors`: the exceptions are not `tinker`'s, so code that catches `tinker.NotFoundError` misses them.
    `empty_400_drops`: a 400 without a body tells the client to drop the connection; it is no refusal.
    `conflict_is_saved`: a 409 on a save means that the checkpoint exists, and the caller gets a path.
    `sampling` is None if its users sample from a deployment of their own, and not through the trainer's gateway.
    Batches of more than `max_chunk_len` examples are sent in chunks of that length (docs/reference/findings.md §0 F2).
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
    sampling: SamplingRule | None = None
    routes: Mapping[str, CallRule] = field(default_factory=dict)
    config_routes: Mapping[str, bool] = field(default_factory=dict)
    info_at_connect: bool = False
    foreign_errors: bool = False
    empty_400_drops: bool = False
    conflict_is_saved: bool = False
    max_chunk_len: int = 1024

    def rule_of(self, route: str) -> CallRule:
        """Return the rule of a route such as "forward_backward"; any other, such as "samplers/ID", is a dispatch's."""
        return self.routes.get(route) or self.legs.get(leg_of(route)) or self.legs["dispatch"]

    def poll_row(self, failure: Failure) -> PollRow:
        """Return the first row of the poll table that covers a failure."""
        return next(row for row in self.poll if row.loop.retries_after(failure))


ONCE: Final = Loop()
"""No retries: any failure is raised."""

DROPPED: Final = frozenset({"dropped"})
LOST: Final = frozenset({"refused", "connect-timeout", "reset", "timeout"})
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
_OUTER: Final = Loop(statuses=BUSY, server_errors=True, lost=LOST | DROPPED, backoff=Backoff(1.0, 30.0), budget_s=300.0)
_SAMPLING: Final = SamplingRule(
    # their waits are 0.5 · 2ⁿ s, a quarter less or more
    Loop(statuses=BUSY, server_errors=True, lost=LOST | DROPPED, backoff=Backoff(0.625, 10.0, jitter_low=0.6))
)

_EARLY_POLL: Final = (
    PollRow("not yet", Loop(statuses=frozenset({408})), clears=("bad request", "lost")),
    PollRow("server error", Loop(server_errors=True), clears=("lost",)),
    PollRow("bad request", Loop(statuses=frozenset({400}), retries=3, raises=ValueError), clears=("lost",)),
    PollRow("expired", Loop(statuses=frozenset({410}), retries=0, raises=RetryableException)),
    PollRow("lost", Loop(lost=LOST | DROPPED, backoff=Backoff(1.0, 30.0))),
    PollRow("anything else", Loop(any_status=True, retries=0, raises=ValueError)),
)

TINKER_0_15: Final = SdkProfile(
    name="tinker-0.15",
    summary="the pair the seed PR ran on, April 2026",
    packages="fireworks-ai 1.0.0a62 with tinker 0.15.0 (f10 in docs/reference/protocol.md)",
    legs={
        "connect": CallRule("train", 60.0, _INNER, ONCE),
        "dispatch": CallRule("train", 60.0, _INNER, _OUTER),
        "sample": CallRule("sample", 60.0, ONCE, replace(_OUTER, statuses=BUSY - {429})),
        "poll": CallRule("retrieve", 45.0, ONCE, ONCE),
        "heartbeat": CallRule("session", 10.0, ONCE, ONCE),
    },
    routes=dict.fromkeys(("create_session", "create_sampling_session"), CallRule("session", 60.0, _INNER, ONCE)),
    poll=_EARLY_POLL,
    pools={
        "session": PoolRule(None, 5.0),
        "train": PoolRule(1, 5.0),
        "sample": PoolRule(50, 5.0),
        "retrieve": PoolRule(50, 5.0),
        "telemetry": PoolRule(None, 5.0),
        "control-plane": PoolRule(None, 5.0),
    },
    key_headers={"X-API-Key": "{key}", "Authorization": "Bearer {key}"},
    user_agent="AsyncTinker/Python 0.15.0",
    sdk_version="0.15.0",
    heartbeat_every_s=10.0,
    sampling=_SAMPLING,
)


def _by_pyqwest(rules: Mapping[_K, CallRule]) -> Mapping[_K, CallRule]:
    """Return the rules for the HTTP library pyqwest, which adds the timeouts of reading and writing."""
    return {name: replace(rule, times=2.0) for name, rule in rules.items()}


_CONFIG: Final = CallRule("one-off", 60.0, _INNER, _OUTER)
_SAVE: Final = CallRule("train", 60.0, ONCE, _OUTER)

TINKER_0_18: Final = replace(
    TINKER_0_15,
    name="tinker-0.18",
    summary="the newest pair on the seed PR's date; asks for its configuration first, and saves with one retry loop",
    packages="fireworks-ai 1.0.0a63 with tinker 0.18.1 (a63 in docs/reference/protocol.md)",
    routes={
        **TINKER_0_15.routes,
        "client/config": _CONFIG,
        **dict.fromkeys(
            ("save_weights", "save_weights_for_sampler"), replace(_SAVE, outer=replace(_OUTER, statuses=BUSY - {409}))
        ),
    },
    pools={"one-off": PoolRule(None, 0.0), **TINKER_0_15.pools},
    config_routes={"client/config": False},
    user_agent="AsyncTinker/Python 0.18.1",
    sdk_version="0.18.1",
    empty_400_drops=True,
    conflict_is_saved=True,
)

_LATER_POLL: Final = (
    *_EARLY_POLL[:2],
    PollRow("busy", Loop(frozenset({429}), backoff=Backoff(1.0, 30.0))),
    *_EARLY_POLL[2:],
)
_KEPT_S: Final = 90.0
"""Idle connections were measured to stay open for more than 20 s; 90 s is the HTTP library's default."""
# docs/reference/protocol.md §2

TINKER_0_38: Final = SdkProfile(
    name="tinker-0.38",
    summary="plain tinker of November 2026: asks for its configuration first, and get_info only once",
    packages="tinker 0.38.0 (t38 in docs/reference/protocol.md)",
    legs=_by_pyqwest(TINKER_0_15.legs),
    routes={
        # sent before there is a pool, by another library
        "client/config": _CONFIG,
        **_by_pyqwest(
            {
                "client/dynamic_config": CallRule("session", 60.0, ONCE, _OUTER),
                **TINKER_0_15.routes,
                "save_weights": _SAVE,
                "save_weights_for_sampler": _SAVE,
            }
        ),
    },
    poll=_LATER_POLL,
    pools={
        "one-off": PoolRule(None, 0.0),
        "session": PoolRule(None, _KEPT_S),
        "train": PoolRule(1, _KEPT_S),
        "sample": PoolRule(50, _KEPT_S),
        "retrieve": PoolRule(50, _KEPT_S),
        "telemetry": PoolRule(None, _KEPT_S),
        "control-plane": PoolRule(None, 5.0),
    },
    key_headers={"X-API-Key": "{key}"},
    user_agent="AsyncTinker/Python 0.38.0",
    sdk_version="0.38.0",
    heartbeat_every_s=10.0,
    sampling=replace(_SAMPLING, renumbers=False, describes=True),
    config_routes={"client/config": False, "client/dynamic_config": True},
    info_at_connect=True,
    empty_400_drops=True,
)

FIREWORKS_1_2: Final = replace(
    TINKER_0_38,
    name="fireworks-1.2",
    summary="fireworks-ai of November 2026, with a fork of tinker's core and exceptions of its own",
    packages="fireworks-ai 1.2.30 (f12 in docs/reference/protocol.md)",
    pools={**TINKER_0_38.pools, "train": PoolRule(None, _KEPT_S)},
    user_agent="AsyncTinker/Python 0.23.0",
    sdk_version="0.23.0",
    config_routes={},
    info_at_connect=False,
    foreign_errors=True,
    sampling=None,
)

PROFILES: Final[Mapping[str, SdkProfile]] = {
    profile.name: profile for profile in (TINKER_0_15, TINKER_0_18, TINKER_0_38, FIREWORKS_1_2)
}
"""The profiles by name."""

CONTROL_PLANE: Final = CallRule(
    "control-plane",
    30.0,
    ONCE,
    Loop(
        statuses=frozenset({408, 429, 500, 502, 503, 504}),
        lost=frozenset({"refused", "connect-timeout", "timeout"}),
        backoff=Backoff(1.0, 30.0),
        budget_s=300.0,
        raises=ControlPlaneError,
    ),
)
"""Control-plane calls, the same in every fireworks-ai measured (docs/reference/protocol.md §3)."""

HEALTH: Final = CallRule("control-plane", 5.0, ONCE, ONCE)
"""The readiness probe: one request, on the control plane's pool (docs/reference/protocol.md §2)."""
