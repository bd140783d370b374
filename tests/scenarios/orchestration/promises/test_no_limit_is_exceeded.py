"""No limit is exceeded."""

import pytest

from gateway_sim.control_plane.events import LimitGivenBack, LimitTaken
from gateway_sim.scenarios.orchestration.promises.no_limit_is_exceeded import no_limit_is_exceeded, over_limit_s


@pytest.mark.parametrize(("held", "sentences"), [(2, []), (3, [(5.0, "3 hold backfill, which allows 2")])])
def test_as_many_as_it_allows_and_no_more(history, broken, held, sentences):
    """Two of two may hold it."""
    trace = history((1.0, LimitTaken("backfill", 1, 2)), (5.0, LimitTaken("backfill", held, 2)))
    assert broken(no_limit_is_exceeded, trace) == sentences


def test_the_time_over_the_limit_counts_each_holder_beyond_it(history):
    """Two too many for 10 seconds, then one for 5."""
    held = [(1.0, LimitTaken("backfill", 4, 2)), (11.0, LimitGivenBack("backfill", 3))]
    assert over_limit_s(history(*held, (16.0, LimitGivenBack("backfill", 2)))) == 25.0
