"""What Airflow's tables prove: limits, the past of tasks, deadlines, ends and days, and what they leave open."""

import pytest

from gateway_sim.scenarios.orchestration.logs.airflow.columns import (
    IDLE,
    THE_DAY,
    THE_DEADLINE,
    THE_END,
    THE_LIMIT,
    THE_PAST,
)
from gateway_sim.scenarios.sim.errors import UsageError
from tests.scenarios.orchestration.logs.airflow_tables import judged, run, task, verdict

KEPT = ("kept", [])


@pytest.mark.parametrize(
    ("second", "slots", "limit", "over"),
    [
        ((50, 80), 1, 1, True),
        ((60, 80), 1, 1, False),
        ((50, 80), 1, 2, False),
        ((50, 80), 2, 2, True),
        ((50, 50), 1, 1, False),
    ],
    ids=["beside", "at the end of the first", "room for two", "two slots", "no time at all"],
)
def test_a_pool_holds_no_more_tasks_than_it_has_slots(tmp_path, second, slots, limit, over):
    """Counted by when the tasks ran and how many slots each takes; a place that is left is free at once."""
    tasks = [task("r2", *second, pool_slots=slots), task("r1", 10, 60)]
    found = verdict(judged(tmp_path, tasks=tasks, limits={"pool:gpu": limit}), THE_LIMIT)
    assert found[0] == ("broken" if over else "kept")


def test_the_slots_may_be_in_a_file_and_an_option_wins(tmp_path):
    """As `slot_pool` exports them; -1 is a pool without an end."""
    tasks = [task("r1", 10, 60), task("r2", 20, 60)]
    pools = [{"pool": "gpu", "slots": 1}, {"pool": "default_pool", "slots": -1}]
    assert verdict(judged(tmp_path, tasks=tasks, pools=pools), THE_LIMIT)[0] == "broken"
    assert verdict(judged(tmp_path, tasks=tasks, pools=pools, limits={"pool:gpu": 2}), THE_LIMIT) == KEPT


def test_a_pool_whose_slots_are_not_told_is_named(tmp_path):
    """With the option that tells them."""
    found = judged(tmp_path, tasks=[task("r1", 10, 60)])
    assert verdict(found, THE_LIMIT) == (
        "not_exercised",
        ["it does not say how many may run at once; --limit pool:gpu=N"],
    )
    assert "no number of slots is told, and none is judged, of pool:gpu" in found.log.notes


@pytest.mark.parametrize("state", ["skipped", "upstream_failed", "removed"])
def test_a_task_that_did_not_run_holds_nothing(tmp_path, state):
    """Airflow gives it a start all the same."""
    tasks = [task("r1", 10, 60), task("r2", 20, 50, state=state)]
    assert verdict(judged(tmp_path, tasks=tasks, limits={"pool:gpu": 1}), THE_LIMIT) == KEPT


def test_a_task_that_waits_now_is_not_counted_and_is_named(tmp_path):
    """A deferred one has left its slot at a moment that the table has not."""
    tasks = [task("r1", 10, "", state="deferred"), task("r2", 20, 50)]
    found = judged(tmp_path, tasks=tasks, limits={"pool:gpu": 1})
    assert verdict(found, THE_LIMIT) == KEPT
    assert any("task_instance.csv:2" in note for note in found.log.notes)


@pytest.mark.parametrize(("limit", "kept"), [(1, False), (2, True)])
def test_a_dag_has_no_more_active_runs_than_it_may(tmp_path, limit, kept):
    """`max_active_runs`; a run of a backfill counts under the backfill's own limit."""
    runs = [run("r1", 10, 60), run("r2", 20, 40), run("b1", 20, 40, backfill_id="7")]
    found = verdict(judged(tmp_path, runs=runs, limits={"dag:etl": limit, "backfill:7": 1}), THE_LIMIT)
    assert found[0] == ("kept" if kept else "broken")


@pytest.mark.parametrize(
    ("first", "begins", "kept"),
    [
        ({"end": 60}, 60, True),
        ({"end": 60}, 50, False),
        ({"end": 60, "state": "skipped"}, 61, True),
        ({"end": 60, "state": "failed"}, 70, False),
        ({"end": "", "state": "running"}, 70, False),
    ],
)
def test_a_task_waits_for_the_task_of_the_run_before_it(tmp_path, first, begins, kept):
    """`depends_on_past`: that one must have succeeded or been skipped."""
    runs = [run("r1", 10, 65), run("r2", 20, 90)]
    tasks = [task("r1", 12, **first), task("r2", begins, 80)]
    found = judged(tmp_path, runs=runs, tasks=tasks, waits_for_past=("etl",))
    assert verdict(found, THE_PAST) == (KEPT if kept else ("broken", ["r2 of etl began task load before r1 ended it"]))


def test_the_run_before_is_that_of_the_logical_date_before(tmp_path):
    """A backfill of an older day is queued later."""
    runs = [run("new", 100, 190), run("old", 110, 150, logical_date=50)]
    tasks = [task("new", 101, 180), task("old", 111, 140)]
    found = judged(tmp_path, runs=runs, tasks=tasks, waits_for_past=("etl",))
    assert verdict(found, THE_PAST) == ("broken", ["new of etl began task load before old ended it"])


def test_a_run_without_a_logical_date_is_before_no_other(tmp_path):
    """Airflow 3 has such runs."""
    runs = [run("by-hand", 5, 90, logical_date="", queued_at=5), run("r2", 20, 90)]
    tasks = [task("by-hand", 6, 80), task("r2", 21, 30)]
    assert verdict(judged(tmp_path, runs=runs, tasks=tasks, waits_for_past=("etl",)), THE_PAST) == KEPT


def test_of_a_mapped_task_all_have_to_be_done(tmp_path):
    """Also where the later one of them comes first in the file."""
    runs = [run("r1", 10, 65), run("r2", 20, 90)]
    mapped = [task("r1", 12, 60, map_index=0), task("r1", 12, 30, map_index=1)]
    for begins, expected in ((40, "broken"), (60, "kept")):
        found = judged(tmp_path, runs=runs, tasks=[*mapped, task("r2", begins, 80)], waits_for_past=("etl",))
        assert verdict(found, THE_PAST)[0] == expected
    failed = task("r1", 12, 20, map_index=2, state="failed")
    found = judged(tmp_path, runs=runs, tasks=[*mapped, failed, task("r2", 60, 80)], waits_for_past=("etl",))
    assert verdict(found, THE_PAST)[0] == "broken"


def test_a_try_that_the_log_has_not_proves_nothing_and_is_named(tmp_path):
    """The first try may have been done before it was cleared; the history shows it."""
    runs = [run("r1", 10, 65), run("r2", 20, 90)]
    second = task("r1", 55, 60, try_number=2)
    found = judged(tmp_path, runs=runs, tasks=[second, task("r2", 40, 80)], waits_for_past=("etl",))
    assert verdict(found, THE_PAST) == KEPT
    assert any("task_instance.csv:2; add task_instance_history" in note for note in found.log.notes)
    for state, expected in (("success", "kept"), ("failed", "broken")):
        first = task("r1", 12, 30, state=state)
        found = judged(tmp_path, runs=runs, tasks=[first, second, task("r2", 40, 80)], waits_for_past=("etl",))
        assert verdict(found, THE_PAST)[0] == expected


def test_a_task_that_a_run_does_not_have_counts_as_done_and_is_named(tmp_path):
    """The DAG had no such task then."""
    runs = [run("r1", 10, 65), run("r2", 20, 90)]
    found = judged(tmp_path, runs=runs, tasks=[task("r2", 40, 80)], waits_for_past=("etl",))
    assert verdict(found, THE_PAST) == KEPT
    assert any("etl r1 load" in note for note in found.log.notes)


@pytest.mark.parametrize(
    ("queued", "row", "expected"),
    [
        (10, {"end": 110}, "kept"),
        (9, {"end": 110}, "broken"),
        (9, {"end": 60, "state": "failed"}, "broken"),
        (9, {"end": "", "state": "running"}, "broken"),
        (30, {"end": "", "state": "running"}, "kept"),
    ],
)
def test_a_run_ends_in_time(tmp_path, queued, row, expected):
    """Counted from when it was queued; one that is due after the log's end is not judged."""
    runs = [run("r0", 0, 5), run("r1", 20, queued_at=queued, **row), run("r2", 115, 120)]
    found = judged(tmp_path, runs=runs, within_s={"etl": 100.0})
    assert verdict(found, THE_DEADLINE)[0] == expected
    assert any("its deadline is after the log" in note for note in found.log.notes) == (queued == 30)


def test_a_run_that_still_runs_leaves_its_dag_unjudged(tmp_path):
    """Another DAG is judged; a failed run has not ended."""
    runs = [run("r1", 10, "", state="running"), run("r2", 10, 30, dag_id="train", state="failed")]
    found = judged(tmp_path, runs=runs)
    assert verdict(found, THE_END) == ("broken", ["r2 of train failed, and never ended"])
    assert verdict(judged(tmp_path, runs=runs[:1]), THE_END)[0] == "not_exercised"


@pytest.mark.parametrize(("column", "day"), [("data_interval_start", 0), ("partition_key", "eu")])
def test_no_two_runs_compute_the_same_data(tmp_path, column, day):
    """The table names it: an interval that has a length, or a partition."""
    of = {column: day, "data_interval_end": 9}
    runs = [run("r1", 10, 60, **of), run("r2", 20, 40, **of)]
    assert verdict(judged(tmp_path, runs=runs), THE_DAY)[0] == "broken"
    assert verdict(judged(tmp_path, runs=[runs[0], run("r2", 60, 80, **of)]), THE_DAY) == KEPT
    point = {"data_interval_start": 9, "data_interval_end": 9}
    assert verdict(judged(tmp_path, runs=[run("r1", 10, 60, **point), run("r2", 20, 40, **point)]), THE_DAY)[0] == (
        "not_exercised"
    )


@pytest.mark.parametrize(("starts", "kept"), [(30, True), (80, False), ("", False)])
def test_a_queued_run_does_not_wait_beside_a_free_place(tmp_path, starts, kept):
    """Longer than it may; also one that never started."""
    row = {"end": 90} if starts else {"state": "queued"}
    runs = [run("r1", 10, 100), run("r2", starts, logical_date=20, queued_at=20, **row)]
    found = judged(tmp_path, runs=runs, limits={"dag:etl": 2}, start_within_s=10.0)
    assert verdict(found, IDLE)[0] == ("kept" if kept else "broken")
    assert verdict(judged(tmp_path, runs=runs, limits={"dag:etl": 1}, start_within_s=10.0), IDLE)[0] != "broken"


def test_a_cleared_run_is_named(tmp_path):
    """Its first times are gone."""
    assert any("cleared" in note for note in judged(tmp_path, runs=[run("r1", 10, 60, clear_number=1)]).log.notes)


WRONG = {
    "a state": (
        {"runs": [run("r1", 1, 2), run("r2", 1, 2, state="gone")]},
        "dag_run.csv, line 3, column state: 'gone'",
    ),
    "no end": ({"runs": [run("r1", 1, "")]}, "line 2: its state is success, and it has no end_date"),
    "backwards": ({"tasks": [task("r1", 9, 2)]}, "task_instance.csv, line 2, column end_date: '2' is before"),
    "twice": ({"tasks": [task("r1", 1, 2), task("r1", 1, 2)]}, "line 3: etl r1 load -1 1 is in "),
    "a date": ({"runs": [run("r1", "noon", 2)]}, "line 2, column start_date: 'noon' is neither"),
    "never": ({"runs": [run("r1", state="queued")]}, "line 2: it has no logical_date, run_after"),
    "no name": ({"runs": [run("", 1, 2)]}, "line 2: it has no run_id"),
    "slots": ({"tasks": [task("r1", 1, 2, pool_slots="x")], "limits": {"pool:gpu": 1}}, "line 2, column pool_slots"),
    "a pool": ({"tasks": [task("r1", 1, 2)], "limits": {"pool:gpus": 1}}, "--limit: no pool is called 'gpus'"),
    "a dag": ({"runs": [run("r1", 1, 2)], "within_s": {"elt": 1.0}}, "--sla: no dag is called 'elt'"),
    "a past": ({"runs": [run("r1", 1, 2)], "waits_for_past": ["elt"]}, "--depends-on-past: no dag is called 'elt'"),
    "many slots": (
        {"tasks": [task("r1", 1, 2, pool_slots=10**9)], "limits": {"pool:gpu": 1}},
        "must be at most 10,000",
    ),
    "milliseconds": ({"runs": [run("r1", 1764288000000, 1764288000001)]}, "dag_run.csv:2: 1.76429e+12 s is after"),
    "no table": ({"tasks": [task("r1", 1, 2)], "limits": {"dag:etl": 1}}, "--limit for etl needs the table dag_run"),
    "no tasks": ({"runs": [run("r1", 1, 2)], "limits": {"pool:gpu": 1}}, "for gpu needs the table task_instance"),
    "no run": ({"pools": [{"pool": "gpu", "slots": 1}]}, "limits alone tell of no run"),
}


@pytest.mark.parametrize(("tables", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_with_its_line(tmp_path, tables, says):
    """File, line and what it is."""
    with pytest.raises(UsageError) as refused:
        judged(tmp_path, **tables)
    assert says in str(refused.value)
