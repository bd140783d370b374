"""No limit is exceeded."""

from __future__ import annotations

import pytest

from control_plane.events import LimitTaken
from scenarios.orchestration.promises.no_limit_is_exceeded import no_limit_is_exceeded


@pytest.mark.parametrize(("held", "sentences"), [(2, []), (3, [(5.0, "3 hold backfill, which allows 2")])])
def test_as_many_as_it_allows_and_no_more(history, broken, held, sentences):
    """Two of two may hold it."""
    trace = history((1.0, LimitTaken("backfill", 1, 2)), (5.0, LimitTaken("backfill", held, 2)))
    assert broken(no_limit_is_exceeded, trace) == sentences
