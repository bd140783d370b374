"""The settings of a world: plain numbers and words, each of which `--set name=value` may change."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from gateway_sim import lag
from scenarios.sim.errors import SettingsRefused

LAWS = tuple(lag.BY_NAME)
ORDERS = ("round-robin", "random")
DEVICES = ("auto", "cpu", "cuda")
NO_STRONG_READS = ("", "index", "global-replica", "dax", "partition")


def check_settings(thing: Any) -> None:
    """Refuse a record of settings with a number that is negative or not finite, or outside what its field allows.

    A field's metadata may say more: `least` and `most`, which bound it, or `among`, the values that it may have.
    Raises `SettingsRefused`.
    """
    for one in fields(thing):
        value, least = getattr(thing, one.name), one.metadata.get("least", 0)
        if isinstance(value, int | float):
            if not value >= least:
                raise SettingsRefused(f"{one.name} is {value}; it must be {least:g} or more")
            if not math.isfinite(value):
                raise SettingsRefused(f"{one.name} is {value}; it must be finite")
            if value > one.metadata.get("most", math.inf):
                raise SettingsRefused(f"{one.name} is {value}; it must be at most {one.metadata['most']:,}")
        among = one.metadata.get("among")
        if among is not None and value not in among:
            raise SettingsRefused(f"{one.name} is {value}; it must be one of {', '.join(map(str, among))}")


def _some(default: int, most: int) -> int:
    """Return the field of a number from 1 to `most`: more would run for hours, or for want of memory not at all."""
    bounded: int = field(default=default, metadata={"least": 1, "most": most})
    return bounded


@dataclass(frozen=True)
class Settings:
    """What a race may set about its world. Times are seconds.

    Of the gateway's `replicas` the last `stale` lag behind the route table by `law` with `lag_s` (fixed: that long;
    uniform: up to that long; exponential: that long on average); the others see every change at once. The balancer
    hands out replicas in `order`. A pod takes `start_s` to come up, `forward_backward_s` and `optim_step_s` of
    modelled compute, and holds a poll up to `pod_hold_s`; from step `fails_from_step` on its trainer is broken
    (0: never). The user trains `steps` steps of `batch` sequences of `length` bytes with LoRA of rank `lora_rank`
    (0: every weight) and thinks for `think_s` before each. A fault that a race injects lasts `fault_s`. Pods compute
    on `device`; auto is CUDA where there is one, but in the virtual engine the CPU, so that a run is the same wherever.

    Clients keep an idle connection for `keepalive_s` (0: as their SDK does). A strong read takes `strong_read_s`;
    `no_strong_read` says what stands in its way from the beginning, "" for nothing.
    Lagging replicas keep a miss in a cache for `negative_ttl_s`. A preempted pod can be reached for `grace_s` more,
    though it is fenced, and its address is given to another pod no sooner than `cooldown_s` later. The user's batch is
    sent as `microbatches` calls, all handed in before the first is done where there are several, and each is cut into
    chunks of at most `chunk_len` sequences (0: as the SDK does); the user saves after every `save_every` steps
    (0: never), and a pod takes `save_s` over it. `clients` scripts run side by side. The account may have `quota` jobs
    running, each on a GPU (0: any number). A world that has not ended by itself is stopped at `horizon_s`, or once its
    clients have sent `most_requests`.
    """

    replicas: int = _some(3, 1_000)
    stale: int = 0
    law: str = "fixed"
    lag_s: float = 0.0
    order: str = "round-robin"
    start_s: float = 1.0
    forward_backward_s: float = 0.2
    optim_step_s: float = 0.05
    pod_hold_s: float = 30.0
    fails_from_step: int = 0
    steps: int = _some(3, 100_000)
    batch: int = _some(4, 10_000)
    length: int = _some(16, 1_000_000)
    lora_rank: int = field(default=4, metadata={"most": 256})  # as the pods have it
    think_s: float = 0.0
    fault_s: float = 3.0
    device: str = field(default="auto", metadata={"among": DEVICES})
    keepalive_s: float = 0.0
    strong_read_s: float = 0.005
    no_strong_read: str = ""
    negative_ttl_s: float = 0.0
    grace_s: float = 0.0
    cooldown_s: float = 120.0
    microbatches: int = _some(1, 1_000)
    chunk_len: int = 0
    save_every: int = 0
    save_s: float = 0.0
    clients: int = _some(1, 1_000)
    quota: int = 0
    horizon_s: float = 900.0
    most_requests: int = _some(5_000, 10_000_000)

    def __post_init__(self) -> None:
        """Refuse a world that contradicts itself."""
        check_settings(self)
        if self.stale > self.replicas:
            raise SettingsRefused(f"stale is {self.stale}, but there are only {self.replicas} replicas")
        if self.pod_hold_s >= 40:
            raise SettingsRefused(f"pod_hold_s is {self.pod_hold_s:g}; it must be below 40, the SDK waits 45")
        if self.law not in LAWS:
            raise SettingsRefused(f"law is {self.law!r}; it must be one of {', '.join(LAWS)}")
        if self.no_strong_read not in NO_STRONG_READS:
            ways = ", ".join(NO_STRONG_READS[1:])
            raise SettingsRefused(f"no_strong_read is {self.no_strong_read!r}; it must be empty or one of {ways}")
        if self.order not in ORDERS:
            raise SettingsRefused(f"order is {self.order!r}; it must be one of {', '.join(ORDERS)}")
