"""What a live race says that a busy machine was too slow for: the setting, and a value that would do."""

import pytest

from gateway_sim.events import RequestForwarded, RouteMissed, RoutePublished
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.run.too_slow import with_remedy
from gateway_sim.scenarios.sim.events import FaultInjected, FaultLifted
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings

UNREACHED = Broken("the race took place", "it never reached RouteMissed", 0.0)
OTHER = Broken("the run finishes", "the run died", 1.0)
PUBLISHED = RoutePublished("acme", "job-1", 1, "127.0.0.1:1")


def asked(replica: str) -> RequestForwarded:
    """Return a request that found its pod."""
    return RequestForwarded(replica, "acme", "job-1", "poll", 1, "127.0.0.1:1")


def told(*events: tuple[float, object]) -> list[str]:
    """Return the messages of a run with these events."""
    trace, now_s = Trace(), [0.0]
    trace.clock(lambda: now_s[0])
    for at_s, event in events:
        now_s[0] = at_s
        trace.emitter("world")(event)
    settings = Settings(stale=1, lag_s=4.0, fault_s=2.0)
    return [one.message for one in with_remedy([UNREACHED, OTHER], trace, settings)]


@pytest.mark.parametrize(
    ("events", "remedy"),
    [
        ([(1.0, PUBLISHED), (2.0, asked("gw-0")), (9.0, asked("gw-2"))],
         "; the route was published at 1.000 s, and a replica that lags was first asked at 9.000 s: raise lag_s, "
         "--set lag_s=16"),
        ([(1.0, FaultInjected("stale-route")), (3.0, FaultLifted("stale-route")), (5.2, asked("gw-0"))],
         "; the fault stale-route began at 1.000 s, and the next request came at 5.200 s: raise fault_s, "
         "--set fault_s=9"),
        ([(1.0, PUBLISHED), (2.0, asked("gw-0"))], ""),
        ([(1.0, FaultInjected("stale-route"))], ""),
        ([(1.0, PUBLISHED), (9.0, asked("gw-2")), (9.1, RouteMissed("gw-0", "acme", "job-1", "poll"))], ""),
    ],
)  # fmt: skip
def test_the_setting_is_named_with_a_value(events: list[tuple[float, object]], remedy: str) -> None:
    """Twice what this machine needed; nothing is said where no setting would help, and nothing of another promise."""
    assert told(*events) == [f"it never reached RouteMissed{remedy}", "the run died"]
