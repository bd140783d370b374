"""The excerpt of the second table in docs/orchestration.md is what its stories come to."""

from pathlib import Path

import pytest
from rich.console import Console

from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.report.story_tables import damage_table
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

PAGE = Path(__file__).parents[2] / "docs" / "orchestration.md"
HEAD = "scenario                     broken"


def excerpt() -> list[str]:
    """Return the rows that the page shows, with single spaces."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rows = rest.partition("\n...")[0].splitlines()[1:]
    return [" ".join(row.split()) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("row", excerpt(), ids=lambda row: row.split()[0])
def test_a_row_of_the_excerpt_is_what_verify_prints(row: str) -> None:
    """Word by word."""
    name = row.split()[0]
    console = Console(width=200)
    with console.capture() as told:
        console.print(damage_table([run(RunSpec(name, settings={"variant": variant})) for variant in VARIANTS]))
    assert row in [" ".join(line.split()) for line in told.get().splitlines()]


def test_there_is_an_excerpt() -> None:
    """Or nothing would be held to anything."""
    assert len(excerpt()) >= 5
