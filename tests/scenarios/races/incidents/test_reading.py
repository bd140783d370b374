"""What a log says of its world, and what it leaves open."""

import math

import pytest

from gateway_sim.scenarios.races.incidents.log import LogRefused, read_log
from gateway_sim.scenarios.races.incidents.reading import LOG_ENDS_S, resolve


def read(*lines):
    """Read an incident from its lines."""
    return resolve(read_log(["time,status,leg,replica", *lines]).lines)


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
    """It says nothing of how long it went on; a few seconds are assumed."""
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
    assert settings.optim_step_s == pytest.approx(0.5)


def test_routes_tell_batches_from_steps():
    """Three batches and an optim_step are a step; get_info and saves are no training calls."""
    lines = ["0,200,create_session", "0.5,200,get_info"]
    for begin_s in (4, 14):
        lines += [f"{begin_s + n / 10},200,forward_backward" for n in range(3)]
        lines += [f"{begin_s + 0.3},200,optim_step", f"{begin_s + 6},200,retrieve_future"]
    incident = read(*lines, "20.5,200,save_weights", "21,404,forward_backward")
    settings = incident.settings
    assert (settings.steps, settings.microbatches, settings.batch) == (3, 3, 6)
    assert settings.forward_backward_s == pytest.approx(2.0, abs=0.2)
    assert incident.windows[0].calls == 8
    single = read("0,200,forward_backward", "5,200,retrieve_future", "5,200,optim_step", "6,404,retrieve_future")
    assert (single.settings.microbatches, single.settings.steps) == (1, 1)


def test_a_log_may_say_when_a_request_arrived():
    """A poll that was answered late had seen the route when it came in, whatever came before it."""
    told = ["time,status,leg,took_s", "0,200,connect,0.1", "4,200,dispatch,0.2", "20,200,poll,5", "21,404,poll,0"]
    assert [window.after_s for window in resolve(read_log(told).lines).windows] == [15.0]


def test_a_window_counts_from_the_answer_before_it():
    """Of whatever leg; the next request, if it is the one that missed, comes when the log says."""
    (early,) = read("0,200,health", "1,200,connect", "3,404,connect").windows
    assert (early.anchor, early.anchor_s, early.last, early.next_s) == ((0, 1), 1.0, (0, 1), 2.0)
    (late,) = read("0,200,connect", "4,200,dispatch", "9,200,poll", "15,404,dispatch").windows
    assert (late.anchor, late.anchor_s, late.last, late.next_s) == ((1, 1), 9.0, (1, 1), 6.0)
    (polled,) = read("0,200,connect", "4,200,dispatch", "9,408,poll", "9.5,404,poll").windows
    assert (polled.anchor, polled.anchor_s, polled.last, polled.next_s) == ((1, 0), 4.0, (1, 1e-6), 0.5)
    (beaten,) = read("0,200,connect", "5,404,heartbeat", "9,404,dispatch", "10,200,dispatch").windows
    assert (beaten.anchor, beaten.last) == ((0, 1), None)


def test_a_call_whose_poll_missed_is_still_computed_then():
    """Though the calls before it were quick; and a call that missed begins a step of its own."""
    lines = ["0,200,dispatch", "0.4,200,poll", "0.4,200,dispatch", "0.8,200,poll", "2,200,dispatch", "13,408,poll"]
    assert read(*lines, "13.5,404,poll").settings.forward_backward_s >= 11.5
    assert read(*lines[:4], "9,404,dispatch").settings.steps == 2


def test_another_status_that_may_have_been_a_miss_is_counted():
    """And what to type for it."""
    with pytest.raises(LogRefused, match="2 answered 503, 1 answered 500: --miss 404,503 takes them for misses"):
        read("0,200,connect", "1,503,poll", "2,503,poll", "3,500,poll")


def test_thousands_of_windows_are_read_at_once():
    """A replica that misses every other request; each window is tied without a walk through the log."""
    lines = [f"{n / 10},{404 if n % 2 else 200},poll,a" for n in range(4_000)]
    assert len(read("0,200,connect,a", *lines).windows) == 2_000


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
