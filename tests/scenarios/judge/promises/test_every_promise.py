"""What holds for every promise in the folder: it is named as its file, it says what it keeps, and it has its page."""

import inspect
from pathlib import Path

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.search.explore.execute import promises_of
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim import registry

TESTS = Path(__file__).parents[2]
PROMISES = registry.functions("gateway_sim.scenarios.judge.promises") | registry.functions(
    "gateway_sim.scenarios.orchestration.promises"
)


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_a_sentence_with_tests_and_a_race(name):
    """The docstring begins with the name in words, there is a test file, and some race or drawn world demands it."""
    promise = PROMISES[name]
    words = (inspect.getdoc(promise) or "").lower().replace("'", "").replace("-", " ")
    assert words.startswith(name.replace("-", " "))
    assert list(TESTS.rglob(f"promises/test_{promise.__name__}.py"))
    told = [*map(races.load, races.names()), *map(stories.load, stories.names())]
    drawn = [promises_of(SearchConfig().world(seed)) for seed in range(100)]
    assert any(promise in promises for promises in [*(story.promises for story in told), *drawn])
