"""The laws of lag: what each draws, and from which age on it shows a change."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.lag import BY_NAME, Exponential, Fixed, SimpleDbStep, Uniform

seeds = st.integers()
seconds = st.floats(0, 1000)
laws = st.one_of(
    st.builds(Fixed, seconds),
    st.builds(lambda low, width: Uniform(low, low + width), seconds, seconds),
    st.builds(Exponential, seconds),
)


def drawn(law, seed, times=1):
    """Return lags drawn from a stream of this seed."""
    rng = random.Random(seed)
    return [law.draw(rng) for _ in range(times)]


@given(laws, seeds)
def test_a_seed_draws_the_same_lags(law, seed):
    """Nothing but the stream decides."""
    assert drawn(law, seed, 20) == drawn(law, seed, 20)


@given(laws, seeds)
def test_no_lag_is_negative(law, seed):
    """A negative one would show the future."""
    assert min(drawn(law, seed, 20)) >= 0


@given(laws, seeds, seconds)
def test_a_change_is_shown_from_its_lag_on_and_by_every_read(law, seed, age_s):
    """Not before, and without a draw of its own."""
    (lag_s,) = drawn(law, seed)
    reads = [law.shows(age_s, lag_s, random.Random(read)) for read in range(5)]
    assert reads == [age_s >= lag_s] * 5
    assert law.shows(lag_s, lag_s, random.Random(0))


@given(seconds, seconds, seeds)
def test_a_uniform_lag_stays_in_its_range(low_s, width_s, seed):
    """Both ends included."""
    assert all(low_s <= lag_s <= low_s + width_s for lag_s in drawn(Uniform(low_s, low_s + width_s), seed, 20))


def test_a_uniform_lag_fills_its_range():
    """It is no constant."""
    lags = drawn(Uniform(1.0, 3.0), 0, 2000)
    assert 1.9 < statistics.mean(lags) < 2.1
    assert (min(lags), max(lags)) == (pytest.approx(1.0, abs=0.05), pytest.approx(3.0, abs=0.05))


def test_an_exponential_lag_has_its_mean_and_a_long_tail():
    """About one in twenty lags is three times the mean."""
    lags = drawn(Exponential(2.0), 0, 4000)
    assert 1.9 < statistics.mean(lags) < 2.1
    assert 0.035 < sum(lag_s > 6.0 for lag_s in lags) / 4000 < 0.065
    assert 0.45 < statistics.mean(drawn(Exponential(0.5), 0, 4000)) < 0.55


def test_a_mean_of_nothing_is_no_lag():
    """And is not divided by."""
    assert drawn(Exponential(0.0), 0, 3) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("age_s", "share"), [(0.0, 0.334), (0.2, 0.334), (0.45, 0.334), (0.475, 0.666), (0.5, 0.9978), (60.0, 0.9978)]
)
def test_the_step_shows_the_measured_share_of_reads(age_s, share):
    """A third up to 450 ms, nearly all from 500 ms on, a straight line between (docs/reference/findings.md §4)."""
    rng = random.Random(1)
    fresh = sum(SimpleDbStep().shows(age_s, 0.0, rng) for _ in range(5000)) / 5000
    assert fresh == pytest.approx(share, abs=0.02)


def test_a_law_is_made_from_its_name_and_one_number_of_seconds():
    """The lag, its maximum or its mean; the measured step needs none."""
    made = {name: law(8.0) for name, law in BY_NAME.items()}
    assert made == {
        "fixed": Fixed(8.0), "uniform": Uniform(0.0, 8.0), "exponential": Exponential(8.0),
        "simpledb-step": SimpleDbStep(),
    }  # fmt: skip
    assert SimpleDbStep().draw(random.Random(0)) == 0.0
    assert SimpleDbStep().settles_s(0.0) == 0.5
