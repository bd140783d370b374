"""A pod behind several addresses: all of them lead to it, and an ingress without a pod answers 502."""

import dataclasses
from collections import Counter

from gateway_sim.client.events import CallAnswered
from gateway_sim.events import RequestForwarded, RequestRefused
from gateway_sim.scenarios.faults.pod import PodCrash
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec


def test_requests_go_to_each_address_and_the_run_finishes_as_with_one():
    """The same weights."""
    result = run(RunSpec("healthy", settings={"endpoints": "2"}))
    assert result.verdict == "kept"
    shares = Counter(entry.event.address.partition(":")[0] for entry in result.trace.of(RequestForwarded))
    assert set(shares) == {"ingress-0", "ingress-1"}
    assert max(shares.values()) - min(shares.values()) <= 3


def test_an_ingress_whose_pod_has_gone_answers_502():
    """The gateway passes the answer on, for the ingress lives; the next pod has ingresses of its own."""
    planned = race_plan(RunSpec("healthy", settings={"endpoints": "2", "steps": "1"}))
    opened = []

    async def play(world):
        await world.start_job()
        opened.append(world.ingresses.addresses)
        world.inject(PodCrash())
        await world.start_training()
        opened.append(world.ingresses.addresses)

    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=play)))
    refused = {entry.event.slug for entry in result.trace.of(RequestRefused)}
    assert "upstream-refused" not in refused
    assert 502 in {entry.event.status for entry in result.trace.of(CallAnswered)}
    assert len({*opened[0], *opened[1]}) == 4
