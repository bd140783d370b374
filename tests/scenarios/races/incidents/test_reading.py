"""What a log says of its world, and what it leaves open."""

from __future__ import annotations

import math

import pytest

from scenarios.races.incidents.log import LogRefused, read_log
from scenarios.races.incidents.reading import LOG_ENDS_S, resolve


def read(*lines):
    """Read an incident from its lines."""
    return resolve(read_log("time,status,leg,replica\n" + "\n".join(lines), json_lines=False))


def bounds(incident):
    """Return the windows as tuples."""
    return [(w.replicas, w.after_s, w.from_s, w.to_s, w.before_s) for w in incident.windows]


def test_a_window_lies_between_what_got_through():
    """It began after the last good answer and by the first miss, and ended after the last miss."""
    incident = read("0,200,connect,a", "10,200,dispatch,a", "12,404,poll,a", "15,404,poll,a", "20,200,poll,a")
    assert bounds(incident) == [((0,), 10.0, 12.0, 15.0, 20.0)]


def test_each_replica_has_windows_of_its_own():
    """One that was never asked in vain has none; the third is numbered by when it is first named."""
    lines = ("0,404,connect,a", "1,200,connect,b", "2,404,dispatch,c", "3,200,dispatch,a", "4,200,poll,c")
    incident = read(*lines)
    assert incident.settings.replicas == 3
    assert bounds(incident) == [((0,), -math.inf, 0.0, 0.0, 3.0), ((2,), -math.inf, 2.0, 2.0, 4.0)]


def test_a_log_that_ends_in_a_miss_is_taken_to_end_soon_after():
    """It says nothing of how long it went on; a few seconds are the least that anybody would call an incident."""
    assert bounds(read("0,200,connect,a", "5,404,poll,a"))[0][3:] == (5.0, 5.0 + LOG_ENDS_S)


def test_without_names_a_clean_gap_is_every_replica():
    """Nothing got through meanwhile; and the note says what was assumed."""
    incident = read("0,200,connect", "5,404,poll", "6,404,poll", "9,200,poll")
    assert bounds(incident) == [((0, 1, 2), 0.0, 5.0, 6.0, 9.0)]
    assert "every replica lost the route" in incident.notes[0]


def test_without_names_answers_between_misses_are_replicas_that_disagree():
    """The share of misses says how many of three had lost the route."""
    lines = [f"{n},{404 if n % 3 else 200},dispatch" for n in range(12)]
    incident = read(*lines, "20,200,dispatch")
    assert bounds(incident) == [((0, 1), 0.0, 1.0, 11.0, 20.0)]
    assert "2 of 3 replicas" in incident.notes[0]


def test_a_held_poll_proves_what_was_seen_when_it_was_sent():
    """Its answer comes half a minute later; the route may have been lost since."""
    incident = read("0,200,connect,a", "4,200,dispatch,a", "15,408,poll,a", "15.1,404,poll,a", "40,200,poll,a")
    assert bounds(incident) == [((0,), 4.0, 15.1, 15.1, 40.0)]
    assert (incident.windows[0].calls, incident.windows[0].called_s) == (1, 4.0)


def test_a_server_error_says_nothing_about_the_route():
    """A 503 or a reset is no sight of it, and no miss."""
    incident = read("0,200,connect,a", "3,503,poll,a", "5,404,poll,a", "6,502,poll,a", "9,200,poll,a")
    assert bounds(incident) == [((0,), 0.0, 5.0, 5.0, 9.0)]


def test_the_pace_is_the_logs():
    """Two calls are a step; the user thinks before each; the first call of a step computes until its last poll."""
    lines = ["0,200,connect", "4,200,dispatch", "11,408,poll", "14,200,poll", "14,200,dispatch", "14.5,200,poll"]
    lines += ["18.5,200,dispatch", "25.5,408,poll", "28.5,404,poll", "30,200,poll"]
    settings = read(*lines).settings
    assert (settings.steps, settings.think_s, settings.pod_hold_s) == (2, 4.0, 7.0)
    assert settings.forward_backward_s == pytest.approx(10.75)


def test_a_world_is_no_longer_than_its_incident():
    """What comes long after the last window is not played; what comes long before it must be cut from the log."""
    calls = [f"{n},200,dispatch,a" for n in range(1, 2200)]
    early = read("0.5,404,connect,a", "0.7,200,connect,a", *calls)
    assert early.settings.steps == 1
    with pytest.raises(LogRefused, match="the last miss comes after 2,199 calls; cut the log to at most 1,000"):
        read("0.5,200,connect,a", *calls, "2300,404,poll,a")


def test_a_log_without_a_miss_is_no_incident():
    """There is nothing to replay."""
    with pytest.raises(LogRefused, match="no request was answered 404"):
        read("0,200,connect", "1,503,dispatch")


def test_a_log_of_more_than_any_run_is_refused():
    """A world as long would never come to its end."""
    with pytest.raises(LogRefused, match=r"it spans 10\.0 days; cut it to at most 7 around its misses"):
        read("0,200,connect", "5,404,poll", "864000,200,poll")
