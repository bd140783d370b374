"""The pictures of a fleet: the jobs on its nodes, and its GPUs over time."""

import re

from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.orchestration.fleets.inputs import Job
from gateway_sim.scenarios.report.fleet import _gantt, _lowest, _over_time
from tests.scenarios.orchestration.fleets.test_replay import played


def test_a_pod_is_drawn_on_the_lowest_parts_that_are_free():
    """In one piece, in two around another pod, above all; nothing for a pod without a GPU."""
    assert _lowest([], 2000) == [(0, 2000)]
    assert _lowest([(1000, 2000)], 2000) == [(0, 1000), (2000, 3000)]
    assert _lowest([(0, 500), (500, 1000)], 300) == [(1000, 1300)]
    assert _lowest([(0, 500)], 0) == []


def test_a_job_is_drawn_where_the_one_before_it_was():
    """Two jobs on the only GPU, one after the other: both bars are as high."""
    _, tally, fleet = played([Job(0.0, Work(name, 1, 60.0)) for name in "ab"], nodes=(1,))
    bars = re.findall(r'<rect x="[\d.]+" y="([-\d.]+)" .*?<title>(\w+): ', _gantt(fleet, "best-fit", tally))
    assert [name for _, name in bars] == ["a", "b"]
    assert len({y for y, _ in bars}) == 1


def test_a_column_of_the_picture_is_the_mean_of_its_time():
    """Of 400 seconds in as many columns 99.5 and the last 100 are in use: one column is half as high."""
    _, tally, _ = played([Job(0.0, Work("a", 1, 99.5)), Job(300.0, Work("b", 1, 100.0))], nodes=(1,))
    in_use = re.search(r'<polygon points="([^"]+)"', _over_time("best-fit", tally))
    assert in_use
    heights = {float(point.split(",")[1]) for point in in_use[1].split()}
    top, half, bottom = sorted(heights)
    assert abs(half - (top + bottom) / 2) <= 0.1
