"""The settings of a fleet's replay."""

from dataclasses import dataclass, field

from gateway_sim.scenarios.world.settings import check_settings


@dataclass(frozen=True)
class FleetSettings:
    """How the jobs of a fleet are scheduled, apart from its files.

    In the `order` "strict" the first waiting job blocks the others. With `preempts` a job takes the place of jobs of
    lower priority, on one node, the `victims` first; quotas say for themselves what they reclaim. A preempted job waits
    in the queue again, and goes on where it was `restart_s` after its next start where it `resumes`, else it begins
    anew. A job without a deadline of its own must have ended `sla_s` after the second at which it would have, started
    at once (0: at any time). A job that says no limit has asked for `limit_times` its duration (0: for no limit); a
    part for `scheduler` is told it, and no job is ended at it. The replay ends at `horizon_s` (0: when no job runs or
    can start); a deadline after it is not missed.
    """

    order: str = field(default="best-effort", metadata={"among": ("best-effort", "strict")})
    preempts: bool = False
    victims: str = field(default="youngest", metadata={"among": ("youngest", "oldest")})
    resumes: bool = True
    restart_s: float = field(default=60.0, metadata={"most": 10_000_000_000})
    sla_s: float = 0.0
    limit_times: float = field(default=0.0, metadata={"most": 1000})
    horizon_s: float = field(default=0.0, metadata={"most": 10_000_000_000})

    def __post_init__(self) -> None:
        """Refuse a setting that is out of range. Raises `SettingsRefused`."""
        check_settings(self)
