"""Whether a copy of a route may be believed: until the end of its lease, by the clock of its reader."""

from dataclasses import replace

import pytest

from gateway_sim.leases import ReaderClock, judged
from gateway_sim.route_table import Route

READY = Route("acme", "job-1", 1, "READY", "pod:1", endpoints=("pod:1", "pod:2"), lease_until_s=1010.0)
EXPIRED = replace(READY, state="EXPIRED", address="", endpoints=())


def test_a_route_is_believed_until_its_lease_ends():
    """At that second it has ended; an ended route leads nowhere."""
    assert judged(READY, 1009.999) is READY
    assert judged(READY, 1010.0) == EXPIRED
    assert judged(replace(READY, lease_until_s=0.5), 0.5) == replace(EXPIRED, lease_until_s=0.5)


@pytest.mark.parametrize(
    "route",
    [
        None,
        replace(READY, lease_until_s=0.0),
        Route("acme", "job-1", 2, "PENDING", "", lease_until_s=5.0),
        Route("acme", "job-1", 2, "TOMBSTONE", ""),
    ],
)
def test_only_a_ready_route_with_a_lease_expires(route):
    """Whatever else was read stays what it is."""
    assert judged(route, 9000.0) is route


def test_a_clock_that_is_ahead_ends_a_lease_early_and_one_behind_late():
    """By as much as it is wrong; the seconds of the loop begin at the time of day 1000."""
    clock = ReaderClock(1000.0)
    assert [clock.judge(READY, now_s) for now_s in (9.0, 10.0)] == [READY, EXPIRED]
    clock.shift(4.0, 0.0)
    assert [clock.judge(READY, now_s) for now_s in (5.0, 6.0)] == [READY, EXPIRED]
    assert clock.ended_s(READY, 7.0) == 1.0
    clock.shift(-8.0, 0.0)
    assert [clock.judge(READY, now_s) for now_s in (13.0, 14.0)] == [READY, EXPIRED]


def test_the_reads_that_a_wrong_clock_decides_are_counted():
    """Not those that a right clock judges alike."""
    clock = ReaderClock(1000.0)
    for now_s in (5.0, 12.0):
        clock.read(READY, now_s)
    assert clock.misjudged == 0
    clock.shift(4.0, 0.0)
    for now_s in (5.0, 7.0, 8.0, 12.0):
        clock.read(READY, now_s)
    assert clock.misjudged == 2
    clock.shift(-8.0, 0.0)
    clock.read(READY, 12.0)
    assert clock.misjudged == 3


def test_a_clock_is_right_again_after_skews_that_cancel_out():
    """Also where their sum in floats is not 0."""
    clock = ReaderClock(1000.0)
    for now_s, by_s in enumerate((0.1, 0.2, -0.1, -0.2)):
        clock.shift(by_s, float(now_s))
    assert clock.changes[1:] == [(0.0, 0.1), (1.0, 0.3), (2.0, 0.2), (3.0, 0.0)]
    assert clock.ahead_s == 0.0
    # a microsecond is the least skew
    clock.shift(4e-7, 4.0)
    assert clock.ahead_s == 0.0


def test_a_clock_that_is_not_set_is_the_loops():
    """It is right, and its time of day begins at 0."""
    clock = ReaderClock()
    assert [clock.judge(READY, now_s) for now_s in (1009.9, 1010.0)] == [READY, EXPIRED]
    assert (clock.ahead_s, clock.misjudged) == (0.0, 0)
