"""The matrix of a verification: a cell for each pair of a race, with the runs that it opens."""

import dataclasses

from gateway_sim.scenarios.report.matrix import MOST_RUNS, matrix, opened
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

LOST = run(RunSpec("incident-344"))
HELD = run(RunSpec("incident-344", gateway="leased-generation"))
OTHER = run(RunSpec("healthy", client="exactly-once"))


def test_a_row_for_each_race_and_a_place_for_each_pair():
    """A pair that was not played has an empty place; a cell says in words what its mark means."""
    found = matrix([LOST, HELD, OTHER], drawn=["not-found"])
    assert (found.gateways, found.clients) == (["not-found", "leased-generation"], ["plain", "exactly-once"])
    (incident, summary, cells), (healthy, _, others) = found.rows
    assert (incident, healthy) == ("incident-344", "healthy")
    assert summary.startswith("A 404 answers the poll")
    assert [cell and cell.mark for cell in cells] == ["✗", None, "✓", None]
    assert [cell and cell.mark for cell in others] == [None, "✓", None, None]
    assert cells[0] is not None
    assert cells[0].says == "incident-344: plain behind not-found: crashed, a promise broken"
    assert cells[0].drawn == "incident-344"
    assert [cell.drawn for cell in found.cells] == ["incident-344", "", ""]


def test_a_cell_shows_the_least_expected_run_first_and_no_more_than_a_few():
    """An unexpected one is marked, and its cell names what was expected."""
    surprise = dataclasses.replace(LOST, seed=7, expected="kept", replay=f"{LOST.replay} 7")
    cell = opened([LOST, LOST, LOST, surprise], "a pair")
    assert cell.runs[0] is surprise
    assert (len(cell.runs), cell.more) == (MOST_RUNS, 1)
    assert (cell.mark, cell.expected) == ("✗!", False)
    assert cell.says == "a pair: crashed, a promise broken, expected kept"


def test_each_cell_has_an_address_of_its_own():
    """Made from the command that plays its run again."""
    anchors = [cell.anchor for cell in matrix([LOST, HELD, OTHER]).cells]
    assert len(set(anchors)) == 3
    assert anchors[0].startswith("run-incident-344-client-plain-gateway-not-found-")
