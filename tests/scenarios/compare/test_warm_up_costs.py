"""The PR's own table: each cell is what a run measured, and no cell is made up."""

import dataclasses

import pytest

from gateway_sim.scenarios.compare.warm_up_costs import COLUMNS, comparison, measuring
from gateway_sim.scenarios.run.runner import run


@pytest.fixture(scope="module")
def measured():
    """Give the run of every cell, by race and column."""
    return {(spec.race, n % len(COLUMNS)): run(spec) for n, spec in enumerate(measuring())}


@pytest.fixture(scope="module")
def rows(measured):
    """Give the table of all of them, by question."""
    return {row.question: row for row in comparison(measured.values())}


def test_the_table_asks_the_prs_questions(rows):
    """Four of its own, and the incident's."""
    assert list(rows) == [
        "404 on the first calls after RUNNING",
        "404 because the job was deleted",
        "404 on a dispatch in mid-training",
        "404 on a poll in mid-training (the incident)",
        "cost of the happy path",
    ]


def test_the_first_calls_are_not_saved_by_a_warm_up_that_comes_after_them(rows):
    """All clients die on connect under a 404; a 503 is waited out."""
    row = rows["404 on the first calls after RUNNING"]
    assert row.cells[:3] == ("crashed: NotFoundError on connect",) * 3
    assert row.cells[4] == "finishes"
    assert row.holds is False


def test_a_deleted_job_is_told_in_the_seconds_that_were_measured(rows, measured):
    """At once by #348, after some ninety seconds by #344."""
    row = rows["404 because the job was deleted"]
    told_s = [float(cell.removeprefix("told after ").removesuffix(" s")) for cell in row.cells[:3]]
    assert told_s[0] < 2
    assert 85 < told_s[1] < 95
    assert told_s[2] < 2
    assert row.holds is True
    assert measured["job-deleted", 2].outcome == "failed_fast"


def test_the_dispatch_404_is_what_both_prs_mend(rows):
    """The one row in which the clients differ as the PR says."""
    row = rows["404 on a dispatch in mid-training"]
    assert row.cells[:3] == ("crashed: NotFoundError on dispatch", "finishes", "finishes")
    assert row.holds is True


def test_the_incident_kills_every_client_and_a_bare_503_makes_it_spin(rows, measured):
    """A finished run that stormed its gateway is not called finished without saying so."""
    row = rows["404 on a poll in mid-training (the incident)"]
    assert row.cells[:3] == ("crashed: ValueError on poll",) * 3
    peak = measured["incident-344", 3].metrics.peak_requests_per_s
    assert peak > 20
    assert row.cells[3] == f"finishes, at {peak} requests/s"
    assert row.cells[4] == "finishes"
    assert row.holds is False


def test_the_happy_path_costs_the_difference_to_the_sdk_alone(rows, measured):
    """The warm-up's seconds for #348, and nothing for the SDK beside itself."""
    row = rows["cost of the happy path"]
    extra_s = measured["healthy", 2].metrics.finished_s - measured["healthy", 0].metrics.finished_s
    assert 2 < extra_s < 3
    assert row.cells[0] == "+0.0 s"
    assert row.cells[2] == f"+{extra_s:.1f} s"
    assert row.holds is True


def test_a_cell_without_a_run_says_so(measured):
    """A claim without a run is neither held nor refuted."""
    (row,) = [r for r in comparison([measured["fresh-route", 0]]) if r.claim == "prevented at connect"]
    assert row.cells == ("crashed: NotFoundError on connect", *["not run"] * 4)
    assert row.holds is None
    assert all(set(r.cells) == {"not run"} and r.holds is None for r in comparison([]))


def test_a_cost_needs_something_to_compare_with(measured):
    """Without the SDK alone there is no difference, and no claim that holds."""
    cost = comparison([measured["healthy", 2]])[-1]
    assert cost.cells[2] == "not run"
    assert cost.holds is False


def test_each_cell_is_the_lowest_seed_of_connections_that_are_pinned(measured):
    """Whatever order the runs come in, and whatever else was run."""
    crashed = measured["mid-training-flap", 0]
    finished = dataclasses.replace(measured["mid-training-flap", 1], client="plain")
    others = [dataclasses.replace(finished, seed=7), dataclasses.replace(finished, balance="per-request")]
    row = comparison([*others, crashed])[2]
    assert row.cells[0] == "crashed: NotFoundError on dispatch"


def test_a_row_as_a_document_has_its_columns_by_title(rows):
    """For those who read the table by program."""
    document = rows["cost of the happy path"].document()
    assert document["claim"] == "one-off ~3 s"
    assert document["holds"] is True
    assert list(document["measured"]) == [title for title, *_ in COLUMNS]
