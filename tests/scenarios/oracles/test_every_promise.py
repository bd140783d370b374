"""What holds for every promise in the folder: it is named as its file, it says what it keeps, and it has its page."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import scenarios.judge.promises
from scenarios import orchestration, races
from scenarios.explore.given import Search
from scenarios.explore.staged import promises_of

PROMISES = sorted(module.name for module in pkgutil.iter_modules(scenarios.judge.promises.__path__))


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_a_sentence_with_tests_and_a_race(name):
    """The docstring begins with the name in words, there is a test file, and some race or drawn world demands it."""
    promise = getattr(importlib.import_module(f"scenarios.judge.promises.{name}"), name)
    words = (inspect.getdoc(promise) or "").lower().replace("'", "").replace("-", " ")
    assert words.startswith(name.replace("_", " "))
    assert Path(__file__).with_name(f"test_{name}.py").exists()
    stories = [*map(races.load, races.names()), *map(orchestration.load, orchestration.names())]
    drawn = [promises_of(Search().world(seed)) for seed in range(100)]
    assert any(promise in promises for promises in [*(story.promises for story in stories), *drawn])
