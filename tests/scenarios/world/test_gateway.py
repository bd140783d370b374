"""This project's own gateway of a world: each setting and each part of the world reaches it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway_sim.events import (
    AdmissionRefused,
    EndpointEjected,
    RequestForwarded,
    RequestRefused,
    RequestRepeated,
    StrongRead,
)
from gateway_sim.scenarios.faults.endpoint_refuses import EndpointRefuses
from gateway_sim.scenarios.faults.pod_errors import PodErrors
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import World


def played(story: Callable[[World], Any], settings: Mapping[str, str], gateway: str = "not-found") -> RunResult:
    """Play a story in the world of the healthy race, with a client that waits for its job."""
    planned = race_plan(RunSpec("healthy", "exactly-once", gateway, settings=settings))
    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))


def test_a_policy_reads_strongly_and_asks_the_control_plane() -> None:
    """Of a route that is late and of a job that is deleted; the control plane knows the gateway's key."""
    read = run(RunSpec("fresh-route", "plain", "leased-generation"))
    assert (read.outcome, read.trace.reached(StrongRead)) == ("completed", True)
    late, gone = (run(RunSpec(race, "plain", "tell-gone-from-stale")) for race in ("fresh-route", "job-deleted"))
    assert {(e.event.status, e.event.slug) for e in late.trace.of(RequestRefused)} == {(503, "route-not-ready")}
    assert (404, "route-gone") in {(e.event.status, e.event.slug) for e in gone.trace.of(RequestRefused)}


@pytest.mark.parametrize("ejected_s", ["30", "2"])
def test_an_address_is_ejected_after_so_many_failures_for_so_long(ejected_s: str) -> None:
    """By each replica."""

    async def story(world: World) -> None:
        await world.start_job()
        run = world.start_training()
        await world.until(StepAcknowledged, step=1)
        world.inject(EndpointRefuses())
        await run

    words = {"endpoints": "2", "replicas": "1", "eject_after": "2", "ejected_s": ejected_s}
    ejected = [entry.event for entry in played(story, words).trace.of(EndpointEjected)]
    assert {one.for_s for one in ejected} == {float(ejected_s)}
    assert not played(story, {"endpoints": "2", "replicas": "1"}).trace.reached(EndpointEjected)


@pytest.mark.parametrize(("order", "balance"), [("round-robin", "per-request"), ("random", "per-connection")])
def test_requests_are_balanced_over_the_replicas(order: str, balance: str) -> None:
    """A pinned connection stays at its replica, and requests of one connection go round otherwise."""
    result = run(RunSpec("healthy", balance=balance, settings={"order": order}))
    sent = [entry.event for entry in result.trace.of(RequestForwarded)]
    replicas = {one.connection: {other.replica for other in sent if other.connection == one.connection} for one in sent}
    assert {one.replica for one in sent} == {"gw-0", "gw-1", "gw-2"}
    assert (max(map(len, replicas.values())) == 1) == (balance == "per-connection")
    if order == "round-robin":
        assert [one.replica for one in sent[:4]] == ["gw-0", "gw-1", "gw-2", "gw-0"]


def test_requests_are_admitted_and_repeated_by_the_settings() -> None:
    """Over its rate a replica refuses; a pod's 503 is asked for again, where the settings say so."""

    async def story(world: World) -> None:
        await world.start_job()
        run = world.start_training()
        await world.until(StepAcknowledged, step=1)
        world.inject(PodErrors(for_s=2.0))
        await run

    limited = played(story, {"admit_per_s": "0.5", "gateway_retries": "1"})
    assert limited.trace.reached(AdmissionRefused)
    assert limited.trace.reached(RequestRepeated)
    free = played(story, {})
    assert not free.trace.reached(AdmissionRefused)
    assert not free.trace.reached(RequestRepeated)
