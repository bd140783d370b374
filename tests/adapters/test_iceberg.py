"""Iceberg tables under two backfills that overlap: a validated commit keeps the story, snapshot isolation breaks it."""

import pytest

from gateway_sim import run
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.parts import checked
from gateway_sim.scenarios.run.result import RunResult

pytestmark = [pytest.mark.adapters, pytest.mark.filterwarnings("default")]
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed; run: make test-adapters")

SEEDS = (0, 1, 2)


def played(part: str, seed: int = 0, **settings: str) -> RunResult:
    """Play the backfills on a table of Iceberg's."""
    return run("backfill-partitions", parts={"dataset": part}, seed=seed, settings={"variant": "fixed", **settings})


@pytest.mark.parametrize("seed", SEEDS)
def test_serializable_isolation_keeps_the_backfill(seed: int) -> None:
    """Which is what a table has unless it is told otherwise."""
    assert played("iceberg", seed).verdict == "kept"


@pytest.mark.parametrize("seed", SEEDS)
def test_snapshot_isolation_leaves_every_row_twice(seed: int) -> None:
    """Both backfills found the parts empty."""
    broken = {violation.promise for violation in played("iceberg-snapshot", seed).violations}
    assert "no row is counted twice" in broken


def test_a_key_without_the_city_breaks_it_whatever_the_isolation() -> None:
    """Each worker replaces the whole day."""
    broken = {violation.promise for violation in played("iceberg", variant="half-fixed", omits="city").violations}
    assert "no partition is lost" in broken


def test_serializable_isolation_misses_no_clause_and_snapshot_isolation_those_of_empty_parts() -> None:
    """Optional clauses too."""
    assert [one.saw for one in hold("dataset", checked("dataset", "iceberg")) if one.saw] == []
    missed = {one.clause for one in hold("dataset", checked("dataset", "iceberg-snapshot")) if one.saw}
    assert missed == {"an-empty-part-has-one-writer", "a-refusal-changes-nothing", "refused-and-again"}
