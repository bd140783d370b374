"""What the benchmarks make of what they measured; how fast anything is, no test says."""

import asyncio
import importlib
import json
import os
import re

import pytest

from benchmarks.__main__ import names, usual
from benchmarks.load import LOADS, NOTHING, Burst, burst, read
from benchmarks.measuring import NOT_MEASURED, ROOT, in_turn, median, ratio, table
from benchmarks.no_model import without_torch
from benchmarks.pages import page
from benchmarks.rows import (
    beyond_one_machine,
    command_line,
    data_path,
    pod_step,
    pytest_plugin,
    races,
    sampling,
    soak,
    ten_thousand_worlds,
)
from benchmarks.stores import in_memory, looked_up_in_moto
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

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


def test_a_server_that_answers_nothing_has_no_price_and_no_latency():
    """It has failed, and nothing of it is a number."""
    assert read("0 requests in 1.00s, 0B read", spent_s=0.1) == Burst(None, None, None, None, 1)


def test_a_load_generator_that_dies_is_one_failure_and_stops_nothing(monkeypatch, tmp_path):
    """The other proxies are measured nevertheless."""
    dying = tmp_path / "wrk"
    dying.write_text("#!/bin/sh\nexit 1\n")
    dying.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert burst(LOADS[0], 1, os.getpid(), 1, tmp_path) == NOTHING


def test_sampling_is_timed_in_each_of_its_ways():
    """The bare loop, the sampler, and the verbs of a pod."""
    (found,) = asyncio.run(sampling._rounds(sampling.Size("small", 32, 1, 1, 1), requests=1, rounds=1))
    assert list(found) == ["bare", "sampler", "pod"]


def test_contenders_play_in_turn_every_other_round_backwards():
    """So that a machine that slows down slows all of them."""
    played = []
    rounds = in_turn({name: lambda name=name: played.append(name) or 1.0 for name in "abc"}, 2)
    assert played == list("abccba")
    assert [list(each) for each in rounds] == [list("abc")] * 2


def test_no_round_begins_once_the_time_is_over_but_the_first():
    """A busy machine gets fewer rounds, and an end all the same."""
    assert len(in_turn({"a": lambda: 1.0}, 9, within_s=0.0)) == 1
    assert len(in_turn({"a": lambda: 1.0}, 9)) == 9


def test_a_ratio_is_taken_within_a_round():
    """Where everything took ten times as long in one of them, nothing changes."""
    assert ratio([{"a": 2.0, "b": 1.0}, {"a": 20.0, "b": 10.0}, {"a": 2.2, "b": 1.0}], "a", "b") == 2.0


def test_what_could_not_be_measured_is_left_out_of_medians_and_ratios():
    """And is none where nothing was measured."""
    assert median([None, 2.0, 4.0]) == 3.0
    assert median([None]) is None
    assert ratio([{"a": 1.0, "b": None}, {"a": 6.0, "b": 2.0}], "a", "b") == 3.0
    assert ratio([{"a": None, "b": 1.0}], "a", "b") is None
    assert ratio([{"a": 1.0}, {"a": 6.0, "b": 2.0}], "a", "b") == 3.0


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


def shown(proxy, load, ours_x):
    """Return a row of the data path, of which only the ratio matters."""
    measured = {
        "per_s": 10.0,
        "x_direct": 0.1,
        "x_bare": 0.5,
        "cpu_us": 99.0,
        "p50_ms": 1.0,
        "p99_ms": None,
        "failed": 0,
    }
    return {
        "proxy": proxy,
        "what": f"the proxy {proxy}",
        "load": load,
        "ours_x": ours_x,
        "ours_x_by_cpu": 0.9,
        **measured,
    }


MACHINE = {"cores": 2, "processor": "a processor", "device": None, "python": "3.11", "torch": "2", "load": 0.5}


def document(*rows, name="data_path", **measured):
    """Return what a row left in docs/performance.json."""
    told = {"rows": list(rows), "absent": ["nginx, 1 worker"], **measured}
    return {name: {"at": "2026-11-21 09:49 UTC", "took_s": 1.0, "machine": MACHINE, "measured": told}}


LOADED = document(
    shown("gateway", "small, 1 connection", 1.0),
    shown("raw_asgi_aiohttp", "small, 1 connection", 0.5),
    shown("raw_asgi_aiohttp", "small, 64 connections", 0.9),
    shown("raw_asgi_aiohttp", "10 MB up, 4 connections", 0.8),
    shown("mitmproxy", "small, 64 connections", None),
    shown("mitmproxy", "10 MB up, 4 connections", 1.0),
)


def test_the_page_holds_the_data_path_to_its_targets_at_every_load_and_has_no_nan():
    """Long bodies to the bare proxy alone; what was not measured says so."""
    told = page(LOADED)
    for load, ours_x, word in (("small, 1", "0.5", "**missed**"), ("small, 64", "0.9", "met")):
        assert f"over the proxy raw_asgi_aiohttp; {load} connection" in told
        assert re.search(
            rf"\| the proxy raw_asgi_aiohttp \| {load} \w+ \| 0.85 \| {ours_x} \| 0.9 \| {re.escape(word)} \|", told
        )
    assert (
        "| the data path over the proxy mitmproxy; small, 64 connections | at least 6 | not measured | not measured |"
        in told
    )
    assert "mitmproxy; 10 MB" not in told
    assert "raw_asgi_aiohttp; 10 MB up, 4 connections | at least 0.85 | 0.8 | **missed** |" in told
    assert "Not here: nginx, 1 worker." in told
    assert "nan" not in told.lower()
    assert data_path.lines({"rows": [], "absent": ["wrk"]}) == ["", "Not here: wrk."]


MANY = {
    "runs": 1000, "workers": 2, "per_s": 80.0, "per_s_and_core": 40.0, "client_ms": 1.0, "scheduler_ms": 0.5,
    "held_mib": [{"client": 100.0, "scheduler": 60.0}, {"client": 110.0, "scheduler": 60.0}], "stored_bytes": 200.0,
}  # fmt: skip


def test_what_a_million_runs_cost_is_limited_by_the_slowest_part():
    """A client that takes in 1,000 runs a second is slower than 64 cores; a cheaper one is not."""
    hours = {(runs, cores): (hours, slowest) for runs, cores, hours, _, slowest in beyond_one_machine.costs(MANY)}
    assert hours[1_000_000, 64] == (0.278, "client")
    assert hours[100_000_000, 1_000] == (27.8, "client")
    cheap = MANY | {"client_ms": 0.01, "scheduler_ms": 0.01}
    assert beyond_one_machine.costs(cheap)[0] == (1_000_000, 64, 0.109, 6.94, "cores")


@pytest.mark.parametrize(
    ("row", "measured", "word"),
    [
        (races, {"rows": [{"store": "moto, each write", "model": "torch", "races_per_s": 18.0, "x_usual": 1.0,
                           "speed_up": 300.0, "budget": 40}]}, "**missed**"),
        (pod_step, {"rows": [{"size": "filling", "way": "pod", "ms": 3.0, "x_bare": 1.2, "budget": 1.05}],
                    "device": "CPU"}, "**missed**"),
        (command_line, {"rows": [{"command": "gateway-sim --help", "median_s": 0.2, "x_python": 7.0,
                                  "budget_s": 0.3}]}, "met"),
        (pytest_plugin, {"start_s": 0.5, "added_ms": 100.0, "x_without": 1.2}, "**missed**"),
        (ten_thousand_worlds, {"worlds": 4, "every": 1, "alone": [[400.0, 401.0, 402.0, 409.0]],
                               "recycled": [[400.0, 401.0], [400.0, 401.0]]}, "**missed**"),
        (beyond_one_machine, {"runs": 9, "workers": [], "two_over_one": 1.5, "same_bytes": True, "many": MANY},
         "**missed**"),
        (beyond_one_machine, {"runs": 9, "workers": [], "two_over_one": 1.9, "same_bytes": False, "many": MANY},
         "not measured"),
    ],
)  # fmt: skip
def test_every_budget_that_is_missed_is_flagged_on_its_row_and_on_top(row, measured, word):
    """In whichever table it is."""
    (one,) = row.budgets(measured)
    assert one.word == word
    name = row.__name__.rpartition(".")[2]
    assert page(document(name=name, **measured)).count(word) >= (
        1 if row in (ten_thousand_worlds, beyond_one_machine) else 2
    )


def test_the_page_says_what_the_document_says():
    """Both are written by one command: `python -m benchmarks --page`."""
    known = json.loads((ROOT / "docs" / "performance.json").read_text())
    assert page(known) == (ROOT / "docs" / "performance.md").read_text()


def test_what_takes_long_is_measured_only_when_it_is_named():
    """`make bench` ends within ten minutes."""
    assert "ten_thousand_worlds" in set(names()) - set(usual())


def test_memory_is_told_of_each_process_by_itself():
    """A worker that was replaced begins anew."""
    played = [(1, 1024), (1, 2048), (2, 1024), (2, 1024)]
    assert ten_thousand_worlds._sampled(iter(played), 1) == [[1.0, 2.0], [1.0, 1.0]]
    assert ten_thousand_worlds._sampled(iter(played), 2) == [[2.0], [1.0]]


@pytest.mark.parametrize("place", [in_memory, looked_up_in_moto])
def test_the_other_stores_and_a_pod_without_torch_play_the_same_race(place):
    """Only the price is another."""
    asked = RunSpec("fresh-route", gateway="route-not-ready")
    usual = run(asked)
    with place(), without_torch():
        other = run(asked)
    assert (other.outcome, other.metrics.steps_applied) == ("completed", usual.metrics.steps_applied)
    assert usual.digest == run(asked).digest


def test_a_soak_without_answers_at_its_end_has_no_latency_there():
    """Requests that hang have not failed yet, and are not quick either."""
    kept = {"requests": 9, "failed": 0, "world_mib": 100.0, "world_files": 9}
    whole = [{**kept, "p99_ms": 10.0}] * 12
    hung = [*whole[:9], *[{**kept, "p99_ms": None}] * 3]
    assert [soak.budgets({"windows": windows})[1].word for windows in (whole, hung)] == ["met", NOT_MEASURED]
