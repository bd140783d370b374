"""A trace of preemptions is read in the job's own time, and refused where it cannot be played."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.orchestration.workloads.preemptions import check, read
from gateway_sim.scenarios.sim.errors import SettingsRefused, UsageError


def trace(folder: Path, *cells: str, column: str = "preempted_s") -> Path:
    """Write a trace of one column."""
    file = folder / "preemptions.csv"
    file.write_text("\n".join([column, *cells]) + "\n")
    return file


def test_seconds_and_dates_are_read_from_the_beginning_of_the_job(tmp_path: Path) -> None:
    """In ascending order; what was before the job is none of its preemptions."""
    assert read(trace(tmp_path, "500", "100", "0"), "") == [100, 500]
    assert read(trace(tmp_path, "500", "100", "900"), "300") == [200, 600]
    dates = trace(tmp_path, "2026-11-28T09:00:00+01:00", "2026-11-28T08:30:00", column="preempted_at")
    assert read(dates, "2026-11-28T07:00:00+00:00") == [3600, 5400]


@pytest.mark.parametrize(
    ("cells", "begins", "why"),
    [
        (["100", "soon"], "", "line 3, column preempted_s: 'soon' is neither seconds nor a date"),
        (["100", '""'], "", "line 3: it has no time"),
        (["2026-11-28T09:00:00"], "", "line 2, column preempted_s: .* is a date; set job_begins to the date"),
        (["100"], "noon", "job_begins is 'noon'; it must be seconds or a date such as"),
        (["100"], "inf", "job_begins is 'inf'; it must be a finite number of seconds"),
    ],
)
def test_a_trace_that_cannot_be_read_is_refused(tmp_path: Path, cells: list[str], begins: str, why: str) -> None:
    """With the line, and what to do."""
    with pytest.raises(UsageError, match=why):
        read(trace(tmp_path, *cells), begins)


def test_a_trace_that_leaves_no_time_for_the_job_is_refused() -> None:
    """A job of 200 s computes at most until there are as many seconds without a preemption."""
    every_100_s = [100.0 * n for n in range(1, 11)]
    check(every_100_s, 200.0, 10.0, most=120)
    check([100.0, 300.0, *every_100_s[4:]], 200.0, 10.0, most=30)
    with pytest.raises(SettingsRefused, match=r"for the 200 s that it takes only after 1000 s, .* 120 steps"):
        check(every_100_s, 200.0, 10.0, most=119)
