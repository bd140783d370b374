"""A bucket lets a burst in, refills, and never holds more than a burst."""

from gateway_sim.control_plane.jobs.admission import TokenBucket


def test_a_burst_is_let_in_and_the_next_one_is_turned_away():
    """Two at once of three; half a second later there is room for one more."""
    bucket = TokenBucket(burst=2.0, per_s=2.0)
    assert [bucket.admits(0.0) for _ in range(3)] == [True, True, False]
    assert [bucket.admits(0.5) for _ in range(2)] == [True, False]


def test_a_long_silence_makes_no_room_for_more_than_a_burst():
    """An hour later it is still two."""
    bucket = TokenBucket(burst=2.0, per_s=2.0)
    assert bucket.admits(0.0)
    assert [bucket.admits(3600.0) for _ in range(3)] == [True, True, False]
