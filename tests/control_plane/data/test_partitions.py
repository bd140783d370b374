"""Four gates look at the same day, and only one of them sees whether it is whole."""

import pytest

from gateway_sim.control_plane.data.partitions import Part, Wanted, complete, counted, declared, fresh, there

WANTED = Wanted("day-2", range(3), 50, 200)
YESTERDAY = [Part("day-1", hour, 100, 10.0 * hour) for hour in range(3)]


def today(*rows: int) -> list[Part]:
    """Return yesterday whole, and today's hours with so many rows, those with none left out."""
    return YESTERDAY + [Part("day-2", hour, count, 100.0 + hour) for hour, count in enumerate(rows) if count]


@pytest.mark.parametrize(
    ("rows", "passed"),
    [
        ((0, 0, 0), (False, False, False)),
        ((100, 0, 0), (True, False, False)),
        ((100, 100, 10), (True, True, False)),
        ((100, 500, 100), (True, True, False)),
        ((50, 200, 100), (True, True, True)),
    ],
)
def test_a_sensor_a_count_and_a_check_of_completeness(rows, passed):
    """Anything of the day; every hour of it; every hour of it with as many rows as an hour has."""
    assert tuple(gate(today(*rows), WANTED).passed for gate in (there, counted, complete)) == passed


def test_a_day_is_judged_by_its_own_parts():
    """Yesterday's odd hour does not hold today back, and yesterday's whole day does not let today through."""
    odd_yesterday = [Part("day-1", 0, 9000, 0.0), *today(100, 100, 100)]
    assert complete(odd_yesterday, WANTED).passed
    assert not there(YESTERDAY, WANTED).passed


def test_a_gate_says_what_is_missing():
    """By name."""
    assert complete(today(100, 0, 0), WANTED).reason == "2 hours of day-2 are missing: 1, 2"
    assert complete(today(100, 10, 100), WANTED).reason == "1 hours of day-2 have too few or too many rows: 1"


def test_freshness_is_the_age_of_the_newest_row():
    """Of all the parts that it is given: yesterday's count too."""
    assert fresh(YESTERDAY, now_s=100.0, most_s=80.0).passed
    assert not fresh(YESTERDAY, now_s=101.0, most_s=80.0).passed
    assert not fresh([], now_s=0.0, most_s=80.0).passed


def test_a_declared_hour_has_exactly_its_rows():
    """Most of an hour is plausible, and not what its producer declared; an hour that is still open is none."""
    manifest = {0: 100, 1: 100, 2: 160}
    assert complete(today(100, 100, 100), WANTED).passed
    gate = declared(today(100, 100, 100), WANTED, manifest)
    assert (gate.passed, gate.reason) == (False, "1 hours of day-2 differ from their declared rows: 2")
    assert not declared(today(100, 100, 161), WANTED, manifest).passed
    assert declared(today(100, 100, 160), WANTED, manifest).passed
    still_open = declared(today(100, 100, 160), WANTED, {0: 100, 1: 100})
    assert (still_open.passed, still_open.reason) == (False, "1 hours of day-2 are not declared complete: 2")
    assert declared(today(100, 100, 0), WANTED, {0: 100, 1: 100, 2: 0}).passed
