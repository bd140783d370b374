"""Where no strong read can be had the answer is never a 404, and the run waits instead of dying.

See docs/reference/findings.md §3.
"""

import dataclasses
import itertools

import pytest

from gateway_sim.scenarios.faults.no_strong_read import DaxInFront, GlobalTableReplica, IndexLookup, PrimaryPartition
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.faulty_primary import REASONS
from gateway_sim.scenarios.world.settings import NO_STRONG_READS

FAULTS = (IndexLookup, GlobalTableReplica, DaxInFront, PrimaryPartition)


def played(race, client, *faults, **settings):
    """Play a race behind leased-generation with faults from the beginning."""
    spec = RunSpec(race, client, "leased-generation", settings={k: str(v) for k, v in settings.items()})
    planned = race_plan(spec)
    story = planned.race.play

    async def faulted(world):
        for fault in faults:
            world.inject(fault)
        await story(world)

    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=faulted)))


def refusals(result):
    """Return the statuses with which the gateway itself answered."""
    return {e.event.status for e in result.trace.entries if e.name == "RequestRefused"}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("client", ["plain", "exactly-once"])
def test_a_late_route_is_waited_for(kind, client):
    """What cannot be read strongly is looked for again, and the run finishes."""
    result = played("fresh-route", client, kind(), fault_s=1.0)
    assert result.outcome == "completed"
    assert 404 not in refusals(result)


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.name)
def test_a_deleted_job_is_a_503_and_never_a_404(kind):
    """Nothing is proved, so nothing is final; only the control plane can say so, and exactly-once asks it."""
    result = played("job-deleted", "exactly-once", kind())
    assert 404 not in refusals(result)
    assert result.error is not None


def test_a_fault_that_is_lifted_gives_the_strong_read_back():
    """After the partition one strong read ends the wait."""
    result = played("route-never-appears", "plain", PrimaryPartition(for_s=4.0))
    assert result.outcome == "completed"
    assert result.metrics.strong_reads > 0
    assert result.metrics.finished_s > 4.0


@pytest.mark.parametrize("faults", [*itertools.permutations((PrimaryPartition(for_s=4.0), IndexLookup(for_s=2.0)))])
def test_of_two_obstacles_each_is_lifted_by_itself(faults):
    """Whichever came first: the strong read is back when the last is gone, and not before."""
    result = played("route-never-appears", "plain", *faults)
    assert result.outcome == "completed"
    assert result.metrics.strong_reads > 0
    assert 4.0 < result.metrics.finished_s < 10.0


def test_a_strong_read_that_fails_is_told():
    """So that a search can see whether the fault was met."""
    result = played("fresh-route", "exactly-once", PrimaryPartition(), fault_s=1.0)
    assert any(entry.name == "StrongReadFailed" for entry in result.trace.entries)


@pytest.mark.parametrize("way", NO_STRONG_READS[1:])
def test_a_world_may_have_no_strong_read_from_its_beginning(way):
    """In the words of the command line: a late route is waited for, and no read proves a deletion."""
    late = run(RunSpec("fresh-route", "plain", "leased-generation", settings={"no_strong_read": way}))
    assert late.outcome == "completed"
    gone = run(RunSpec("job-deleted", "exactly-once", "leased-generation", settings={"no_strong_read": way}))
    assert any(entry.name == "StrongReadFailed" for entry in gone.trace.entries)
    assert 404 not in refusals(late) | refusals(gone)


def test_every_way_to_have_no_strong_read_has_its_reason():
    """And a word that is none of them is refused."""
    assert set(NO_STRONG_READS[1:]) == set(REASONS) == {kind.way for kind in FAULTS}
    with pytest.raises(SettingsRefused, match="no_strong_read is 'gsi'; it must be empty or one of index"):
        race_plan(RunSpec("fresh-route", settings={"no_strong_read": "gsi"}))
