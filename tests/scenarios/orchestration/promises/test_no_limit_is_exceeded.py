"""No limit is exceeded."""

import pytest

from gateway_sim.control_plane.events import LimitGivenBack, LimitLeaseEnded, LimitTaken
from gateway_sim.scenarios.orchestration.promises.no_limit_is_exceeded import no_limit_is_exceeded, over_limit_s

THREE = "3 hold backfill, which allows 2"


def taken(held):
    """Return what a limit of two says when it counts so many holders."""
    return LimitTaken("backfill", held, 2)


@pytest.mark.parametrize(
    ("left", "sentences"),
    [
        ([], [(5.0, THREE)]),
        ([(4.0, LimitGivenBack("backfill", 1))], []),
        ([(4.0, LimitLeaseEnded("backfill", "run-1", 1))], []),
        ([(4.0, LimitGivenBack("other", 0))], [(5.0, THREE)]),
    ],
)
@pytest.mark.parametrize("said", [2, 3])
def test_as_many_as_it_allows_and_no_more(history, broken, left, sentences, said):
    """Two of two may hold it; a third one breaks it, though the limit itself says that it counted two."""
    trace = history((1.0, taken(1)), (2.0, taken(2)), *left, (5.0, taken(said)))
    assert broken(no_limit_is_exceeded, trace) == sentences


def test_the_time_over_the_limit_counts_each_holder_beyond_it(history):
    """Two too many for 10 seconds, then one for 5; a limit beside it has none too many."""
    four = [(1.0, taken(n)) for n in (1, 2, 3, 4)]
    beside = [(2.0, LimitTaken("other", 1, 1)), (3.0, LimitGivenBack("other", 0))]
    left = [(11.0, LimitGivenBack("backfill", 3)), (16.0, LimitGivenBack("backfill", 2))]
    assert over_limit_s(history(*four, *beside, *left, (90.0, LimitGivenBack("backfill", 1)))) == 25.0
