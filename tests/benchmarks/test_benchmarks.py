"""What the benchmarks make of what they measured; how fast anything is, no test says."""

from __future__ import annotations

import importlib
import math

import pytest

from benchmarks.__main__ import names, page
from benchmarks.load import read
from benchmarks.measuring import in_turn, ratio, table
from benchmarks.no_model import without_torch
from benchmarks.rows import data_path, races
from benchmarks.stores import in_memory, looked_up_in_moto
from scenarios.runner import RunSpec, run

WRK = """Running 1s test @ http://127.0.0.1:9101/
  1 threads and 16 connections
  Latency Distribution
     50%    2.95ms
     75%    4.10ms
     99%  812.00us
  5103 requests in 1.01s, 1.61MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:   5051.24
"""


def test_what_wrk_printed_is_read_with_its_units_and_its_failures():
    """Microseconds are ms, and whatever went wrong is counted."""
    burst = read(WRK, spent_s=0.5)
    assert burst.per_s == pytest.approx(5103 / 1.01)
    assert (burst.p50_ms, burst.p99_ms, burst.failed) == (2.95, 0.812, 7)
    assert burst.cpu_us == pytest.approx(0.5 / 5103 * 1e6)


def test_a_server_that_answers_nothing_is_no_division_by_zero():
    """No requests, no price."""
    assert math.isnan(read("0 requests in 1.00s, 0B read", spent_s=0.1).cpu_us)


def test_contenders_play_in_turn_every_other_round_backwards():
    """So that a machine that slows down slows all of them."""
    played = []
    rounds = in_turn({name: lambda name=name: played.append(name) or 1.0 for name in "abc"}, 2)
    assert played == list("abccba")
    assert [list(each) for each in rounds] == [list("abc")] * 2


def test_a_ratio_is_taken_within_a_round():
    """Where everything took ten times as long in one of them, nothing changes."""
    assert ratio([{"a": 2.0, "b": 1.0}, {"a": 20.0, "b": 10.0}, {"a": 2.2, "b": 1.0}], "a", "b") == 2.0


def test_a_table_has_a_dash_for_what_was_not_measured():
    """And thousands are told apart."""
    assert table(("what", "n"), [("x", None), ("y", 12345.6)])[2:] == ["| x | – |", "| y | 12,346 |"]


def test_every_row_says_what_it_measures_and_how():
    """The folder is the registry."""
    for name in names():
        row = importlib.import_module(f"benchmarks.rows.{name}")
        title, _, how = row.__doc__.strip().partition("\n")
        assert title
        assert how.strip()
        assert callable(row.measure)
        assert callable(row.lines)


def test_the_page_says_which_target_was_missed_and_what_was_not_there():
    """From the document alone."""
    shown = {"proxy": "gateway", "what": "this gateway", "per_s": 10.0, "x_direct": 0.1, "x_bare": 0.5, "ours_x": 1.0,
             "cpu_us": 99.0, "p50_ms": 1.0, "p99_ms": 2.0, "failed": 0, "load": "small"}  # fmt: skip
    target = {"over": "a bare proxy", "at_least": 0.85, "measured": 0.5, "by_cpu": 0.6, "met": False}
    measured = {"rows": [shown], "targets": [target], "absent": ["nginx, 1 worker"]}
    machine = {"cores": 2, "processor": "a processor", "device": None, "python": "3.11", "torch": "2", "load": 0.5}
    document = {"data_path": {"at": "today", "took_s": 1.0, "machine": machine, "measured": measured}}
    told = page(document)
    assert "| a bare proxy | 0.85 | 0.5 | 0.6 | **missed** |" in told
    assert "Not here: nginx, 1 worker." in told
    assert data_path.lines({"rows": [], "targets": [], "absent": ["wrk"]}) == ["", "Not here: wrk."]


@pytest.mark.parametrize("place", [in_memory, looked_up_in_moto])
def test_the_other_stores_and_a_pod_without_torch_play_the_same_race(place):
    """Only the price is another."""
    asked = RunSpec("fresh-route", gateway="route-not-ready")
    usual = run(asked)
    with place(), without_torch():
        other = run(asked)
    assert (other.outcome, other.metrics.steps_applied) == ("completed", usual.metrics.steps_applied)
    assert usual.digest == run(asked).digest


def test_the_races_row_has_the_budget_at_the_usual_pair_alone():
    """Moto writes and torch on."""
    row = {"store": "moto, each write", "model": "torch", "races_per_s": 41.0, "x_usual": 1.0, "speed_up": 300.0}
    assert races.lines({"rows": [{**row, "budget": 40}]})[-1].endswith("| 41 | 1 | 300 × | 40 |")
