"""What the page says that a gateway answers is what that gateway answers, in a world of its own."""

from http import HTTPStatus

import pytest

from gateway_sim.events import RequestRefused
from gateway_sim.scenarios.apps.demo.answers import LEGS, answers
from gateway_sim.scenarios.run.matrix import NAMED
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def told(gateway: str, leg: str) -> tuple[int, str, str]:
    """Return the status, the sentence and the answer that the page shows."""
    return next((one.status, one.does, one.http) for one in answers(NAMED[gateway].policy) if one.leg == leg)


@pytest.mark.parametrize("gateway", NAMED)
@pytest.mark.parametrize(
    ("leg", "race", "changed"),
    [("connect", "fresh-route", {"lag_s": "60"}), ("poll", "incident-344", {"fault_s": "60"})],
)
def test_the_answer_shown_is_the_one_that_a_run_meets(
    gateway: str, leg: str, race: str, changed: dict[str, str]
) -> None:
    """While the replica has not heard of the pod: the same status, or, where 200 is shown, no refusal at all."""
    met = [
        entry.event.status
        for entry in run(RunSpec(race, gateway=gateway, settings=changed)).trace.of(RequestRefused)
        if entry.event.leg == leg
    ]
    status, _, _ = told(gateway, leg)
    assert met[:1] == ([] if status == 200 else [status])


def test_a_held_poll_says_how_long_and_what_then() -> None:
    """The 503 of the proposal: polls are kept for a second, the rest told when to come back."""
    status, does, http = told("route-not-ready+", "poll")
    assert (status, does) == (
        503, "The gateway holds the request for up to 1 s, in case it sees the route, then answers 503.",
    )  # fmt: skip
    assert "retry-after: 1\n" in http
    assert '"queue_state": "route_not_ready"' in http


def test_what_is_asked_twice_is_told_once() -> None:
    """`tell-gone-from-stale` asks the control plane before a poll is held, and after."""
    _, does, _ = told("tell-gone-from-stale", "poll")
    assert does.count("asks the control plane") == 1


def test_every_policy_has_an_answer_on_every_leg() -> None:
    """And 404 only where the gateway cannot do better."""
    for gateway in NAMED:
        statuses = [one.status for one in answers(NAMED[gateway].policy)]
        assert len(statuses) == len(LEGS)
        assert (404 in statuses) == (gateway in ("not-found", "retry-lookup"))


@pytest.mark.parametrize("gateway", NAMED)
def test_the_status_line_is_the_one_on_the_wire(gateway: str) -> None:
    """A server sends the phrase of the status, never the title of a problem."""
    for one in answers(NAMED[gateway].policy):
        assert one.http.partition("\n")[0] == f"HTTP/1.1 {one.status} {HTTPStatus(one.status).phrase}"


@pytest.mark.parametrize("gateway", NAMED)
def test_an_answer_that_makes_the_sdk_spin_is_said_to(gateway: str) -> None:
    """As a run of the incident shows: more polls a second than one that is paced."""
    spins = {one.leg for one in answers(NAMED[gateway].policy) if one.spins}
    broken = [one.promise for one in run(RunSpec("incident-344", gateway=gateway)).violations]
    assert spins == ({"poll"} if "no busy polling" in broken else set())


def test_only_the_bare_503_spins() -> None:
    """Its sentence says so."""
    _, does, _ = told("route-not-ready", "poll")
    assert does.endswith("answers 503. The SDK polls again at once, without a pause.")
