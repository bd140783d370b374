"""The settings of a world: numbers and words, each of which `--set name=value` can change."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from gateway_sim import lag
from gateway_sim.control_plane.jobs.pod_watch import RESTARTS
from gateway_sim.miss_policies.later import HELD
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.upstream import SILENT_FOR_S

LAWS = tuple(lag.BY_NAME)
ORDERS = ("round-robin", "random")
TOLD = ("seconds", "date")
DEVICES = ("auto", "cpu", "cuda")
NO_STRONG_READS = ("", "index", "global-replica", "dax", "partition")


def check_settings(thing: Any) -> None:
    """Raise `SettingsRefused` for a number that is negative, not finite, or outside its field's bounds.

    The metadata of a field may have `least` and `most`, which bound it, `below` with its reason `why`, or `among`, the
    values that it may have.
    """
    for one in fields(thing):
        value, least = getattr(thing, one.name), one.metadata.get("least", 0)
        if isinstance(value, int | float):
            if not math.isfinite(value):
                raise SettingsRefused(f"{one.name} is {value}; it must be a finite number")
            if value < least:
                raise SettingsRefused(f"{one.name} is {value}; it must be {least:g} or more")
            if value >= one.metadata.get("below", math.inf):
                why = one.metadata["why"]
                raise SettingsRefused(f"{one.name} is {value:g}; it must be below {one.metadata['below']:g}, {why}")
            if value > one.metadata.get("most", math.inf):
                raise SettingsRefused(f"{one.name} is {value}; it must be at most {one.metadata['most']:,}")
        among = one.metadata.get("among")
        if among is not None and value not in among:
            raise SettingsRefused(f"{one.name} is {value}; it must be one of {', '.join(map(str, among))}")


def _some(default: int, most: int) -> int:
    """Return the field of a number from 1 to `most`; a larger one would take hours or more memory than there is."""
    bounded: int = field(default=default, metadata={"least": 1, "most": most})
    return bounded


@dataclass(frozen=True)
class Settings:
    """The settings of a race's world. Times are seconds.

    The last `stale` of the gateway's `replicas` lag behind the route table by `lag_s` with the distribution `law`
    (fixed: exactly `lag_s`; uniform: up to it; exponential: on average); the others see every change at once. The
    balancer selects replicas in `order`. A pod starts within `start_s`, models its compute with `forward_backward_s`
    and `optim_step_s`, and holds a poll for up to `pod_hold_s`; its trainer fails from step `fails_from_step` on
    (0: never). The user trains `steps` steps of `batch` sequences of `length` bytes with LoRA of rank `lora_rank`
    (0: every weight), and computes for `think_s` before each step. A race's fault lasts `fault_s`. Pods compute on
    `device`; auto is CUDA if there is one, but always the CPU in the virtual engine, so that a run is reproducible.

    Clients keep an idle connection for `keepalive_s` (0: as their SDK does). A strong read takes `strong_read_s`;
    `no_strong_read` is the way in which strong reads are blocked from the start ("": not blocked). Lagging replicas
    cache a miss for `negative_ttl_s`. A connection from a client that was idle for `reset_idle_s` is reset at its
    next request, as load balancers do (0: never), and one is closed after `requests_per_connection` answers (0:
    never). The gateway gives up a pod that sends nothing for `upstream_silent_s`. A pod is behind `endpoints` addresses
    (1: its own); the gateway sends nothing for `ejected_s` to one that failed `eject_after` times in a row (0: never).

    A preempted pod is slow to die: it trains on for `fence_s`, is then fenced, and stays reachable for `grace_s`;
    its address is reused after `cooldown_s`. The control plane notices that a pod crashed or froze once that has
    lasted `notice_s`; the job then gets a new pod (`restart` always) or is FAILED (never). A READY route has a lease of
    `lease_s`, which the control plane renews three times in that time; a gateway replica treats its copy as missing
    once the lease has ended by its own clock (0: no lease).

    A gateway replica admits `admit_burst` requests at once and `admit_per_s` a second (0: any number); up to
    `admit_queue` others wait for up to `admit_queue_s`, and the rest is answered `admit_status` with a Retry-After of
    `admit_retry_after_s` (0: computed) in the form `admit_told`. A gateway repeats a failed attempt at a pod up to
    `gateway_retries` times, takes an attempt for failed after `gateway_try_s` (0: no limit), and makes a second attempt
    after `hedge_s` without an answer (0: never).

    The user sends a batch as `microbatches` calls without waiting between them; each is cut into chunks of at most
    `chunk_len` sequences (0: as the SDK does). The user saves after every `save_every` steps (0: never), which
    takes a pod `save_s`. Before each step the user draws `samples` sequences from its model's weights (0: none), and
    each takes a pod `sample_s`. `clients` scripts run at the same time; each starts at a random moment within `phase_s`
    (0: all at once). The account may have `quota` jobs running, each on a GPU (0: any number). A world ends at
    `horizon_s`, or once its clients have sent `most_requests`.
    """

    replicas: int = _some(3, 1_000)
    stale: int = 0
    law: str = field(default="fixed", metadata={"among": LAWS})
    lag_s: float = 0.0
    order: str = field(default="round-robin", metadata={"among": ORDERS})
    start_s: float = 1.0
    forward_backward_s: float = 0.2
    optim_step_s: float = 0.05
    pod_hold_s: float = field(default=30.0, metadata=HELD)
    fails_from_step: int = 0
    steps: int = _some(3, 100_000)
    batch: int = _some(4, 10_000)
    length: int = _some(16, 1_000_000)
    lora_rank: int = field(default=4, metadata={"most": 256})  # the limit of the pods
    think_s: float = 0.0
    fault_s: float = field(default=3.0, metadata={"least": 0.001})
    device: str = field(default="auto", metadata={"among": DEVICES})
    keepalive_s: float = 0.0
    strong_read_s: float = 0.005
    no_strong_read: str = field(default="", metadata={"words": NO_STRONG_READS})
    negative_ttl_s: float = 0.0
    fence_s: float = 0.0
    grace_s: float = 0.0
    cooldown_s: float = 120.0
    microbatches: int = _some(1, 1_000)
    chunk_len: int = 0
    save_every: int = 0
    save_s: float = 0.0
    samples: int = field(default=0, metadata={"most": 10_000})
    sample_s: float = 0.0
    clients: int = _some(1, 1_000)
    quota: int = 0
    notice_s: float = 10.0
    restart: str = field(default="always", metadata={"among": RESTARTS})
    reset_idle_s: float = 0.0
    requests_per_connection: int = 0
    upstream_silent_s: float = SILENT_FOR_S
    phase_s: float = 0.0
    admit_per_s: float = 0.0
    admit_burst: int = _some(1, 100_000)
    admit_queue: int = 0
    admit_queue_s: float = 0.0
    admit_status: int = field(default=429, metadata={"among": (429, 503)})
    admit_retry_after_s: float = 0.0
    admit_told: str = field(default="seconds", metadata={"among": TOLD})
    gateway_retries: int = field(default=0, metadata={"most": 100})
    gateway_try_s: float = 0.0
    hedge_s: float = 0.0
    lease_s: float = 0.0
    endpoints: int = _some(1, 16)
    eject_after: int = 0
    ejected_s: float = 30.0
    horizon_s: float = 900.0
    most_requests: int = _some(5_000, 10_000_000)

    def __post_init__(self) -> None:
        """Refuse settings that are out of range or contradict each other."""
        check_settings(self)
        if self.stale > self.replicas:
            raise SettingsRefused(f"stale is {self.stale}, but there are only {self.replicas} replicas")
        for name, value, needs in (
            ("sample_s", self.sample_s, "samples"),
            ("admit_queue", self.admit_queue, "admit_per_s"),
            ("admit_queue_s", self.admit_queue_s, "admit_queue"),
            ("admit_retry_after_s", self.admit_retry_after_s, "admit_per_s"),
        ):
            if value and not getattr(self, needs):
                raise SettingsRefused(f"{name} is {value:g} and has no effect without {needs}; set both")
        if self.eject_after and self.endpoints < 2:
            raise SettingsRefused(f"eject_after is {self.eject_after} and has no effect with one of endpoints; set two")
        if self.phase_s and self.clients < 2:
            raise SettingsRefused(f"phase_s is {self.phase_s:g} and has no effect with one of clients; set two or more")
        if 0 < self.lease_s < 1:
            raise SettingsRefused(f"lease_s is {self.lease_s:g}; it must be 0, no lease, or 1 or more")
        if self.no_strong_read not in NO_STRONG_READS:
            ways = ", ".join(NO_STRONG_READS[1:])
            raise SettingsRefused(f"no_strong_read is {self.no_strong_read!r}; it must be empty or one of {ways}")
