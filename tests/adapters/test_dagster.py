"""Dagster's pools as the limit of a backfill: a dead run keeps its slot, unless runs are monitored."""

import pytest

from gateway_sim import run
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.parts import checked
from gateway_sim.scenarios.run.result import RunResult

pytestmark = [pytest.mark.adapters, pytest.mark.filterwarnings("default")]
pytest.importorskip("dagster", reason="Dagster is not installed; run: make test-adapters")

from gateway_sim.scenarios.orchestration.parts import dagster_monitored  # noqa: E402

SEEDS = (0, 1, 2)


def played(story: str, part: str, seed: int = 0, **settings: str) -> RunResult:
    """Play a story under a pool of Dagster's."""
    return run(story, parts={"limit": part}, seed=seed, settings={"variant": "fixed", **settings})


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dead_run_keeps_its_slot_of_a_pool(seed: int) -> None:
    """The runs renew and obey, and the pool knows no lease."""
    result = played("dead-holder", "dagster", seed)
    assert "a dead holders place comes back" in {violation.promise for violation in result.violations}


@pytest.mark.parametrize("seed", SEEDS)
def test_with_run_monitoring_the_story_is_that_of_our_own_limit(seed: int) -> None:
    """Event by event."""
    result, own = (
        played("dead-holder", "dagster-monitored", seed),
        run("dead-holder", seed=seed, settings={"variant": "fixed"}),
    )
    assert (result.verdict, result.digest) == ("kept", own.digest)


def test_a_pool_is_never_exceeded_where_a_scheduler_claims_and_is_where_it_looks_first() -> None:
    """Two schedulers launch one backfill."""
    assert played("backfill-starvation", "dagster").verdict == "kept"
    looks_first = played("backfill-starvation", "dagster", variant="half-fixed", omits="atomicity")
    assert {violation.promise for violation in looks_first.violations} == {"no limit is exceeded"}


def test_a_pool_misses_the_clauses_of_leases_and_a_monitored_one_none() -> None:
    """All others hold without monitoring too."""
    missed = {one.clause for one in hold("limit", checked("limit", "dagster")) if one.result == "missed"}
    assert missed == {
        "a-lease-ends", "a-renewed-lease-stays", "a-lost-lease-is-not-renewed", "a-lost-place-is-not-given-back",
        "a-taker-reaps",
    }  # fmt: skip
    assert [one.saw for one in hold("limit", checked("limit", "dagster-monitored")) if one.saw] == []


def test_the_guard_is_the_freeing_of_a_failed_runs_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out, the story breaks again."""
    monkeypatch.setattr(dagster_monitored.MonitoredPool, "reap", lambda self, now_s: [])
    assert played("dead-holder", "dagster-monitored").verdict == "broken"
