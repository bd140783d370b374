"""What a server does with old connections, seen by the clients of a short virtual run."""

import itertools
from collections import Counter

from gateway_sim.client.events import CallLost
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.wire_events import IdleConnectionReset


def played(**settings: str) -> RunResult:
    """Play the healthy race with these settings."""
    return run(RunSpec("healthy", settings=settings))


def ports(result: RunResult) -> Counter[str]:
    """Count the requests of each connection."""
    return Counter(entry.event.connection for entry in result.trace.of(RequestForwarded))


def test_a_connection_is_closed_after_so_many_answers() -> None:
    """The client knows, opens another one, and loses no call."""
    result = played(requests_per_connection="2")
    assert max(ports(result).values()) == 2
    assert len(ports(result)) > len(ports(played()))
    assert not list(result.trace.of(CallLost))
    assert result.outcome == "completed"


def test_a_connection_that_was_idle_for_long_is_reset_at_its_next_request() -> None:
    """The client did not know; it sends the call again, on a new connection."""
    result = played(reset_idle_s="0.5", think_s="1")
    idle = [entry.event.idle_s for entry in result.trace.of(IdleConnectionReset)]
    assert idle
    assert min(idle) >= 0.5
    assert len(list(result.trace.of(CallLost))) == len(idle)
    assert result.outcome == "completed"


def test_a_client_that_drops_idle_connections_sooner_meets_no_reset() -> None:
    """As keep-alive timeouts should be chosen: the client's below the server's."""
    result = played(reset_idle_s="0.5", think_s="1", keepalive_s="0.4")
    assert not list(result.trace.of(IdleConnectionReset, CallLost))


def test_a_busy_connection_is_not_idle() -> None:
    """However long an answer takes."""
    result = played(reset_idle_s="0.5", forward_backward_s="2", steps="1")
    resets = list(result.trace.of(IdleConnectionReset))
    assert not [entry for entry in resets if "retrieve_future" in entry.event.path]


def test_without_the_settings_a_run_has_the_digest_that_it_had() -> None:
    """Their defaults add nothing, no event and no timer."""
    assert played().digest == played(reset_idle_s="0", requests_per_connection="0").digest
    assert all(a.at_s <= b.at_s for a, b in itertools.pairwise(played().trace.entries))
