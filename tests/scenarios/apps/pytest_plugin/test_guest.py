"""The plugin in a repository that does not use it, or that uses its names for something else."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[4]


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a repository with modules of its own that have the names of this project's folders."""
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}:{ROOT}")
    for name in ("client", "scenarios"):
        (pytester.path / name).mkdir()
        (pytester.path / name / "__init__.py").write_text(f'MINE = "{name}"\n')
    (pytester.path / "control_plane.py").write_text('MINE = "control_plane"\n')
    pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef mine():\n    import client\n    return client.MINE\n")
    # pytest-asyncio warns of its own default where this is not set
    unwarned = "asyncio_default_fixture_loop_scope = function\n" if has("pytest_asyncio") else ""
    pytester.makeini(f"[pytest]\naddopts = --strict-markers --strict-config -W error\n{unwarned}")
    return pytester


def has(module: str) -> bool:
    """Say whether a plugin of others is installed."""
    try:
        __import__(module)
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_a_repository_that_does_not_use_it_pays_nothing_and_keeps_its_names(repository, mode):
    """No import of the laboratory or of a heavy library, no warning; beside each plugin of others that is installed."""
    repository.makepyfile(
        test_mine="""
import sys, control_plane, scenarios

def test_mine(mine):
    assert (mine, scenarios.MINE, control_plane.MINE) == ("client", "scenarios", "control_plane")

def test_nothing_was_imported():
    loaded = {name for name in sys.modules if name.startswith("gateway_sim")}
    assert loaded == {"gateway_sim", "gateway_sim.scenarios", "gateway_sim.scenarios.apps",
                      "gateway_sim.scenarios.apps.pytest_plugin"}
    assert not {"torch", "moto", "fastapi", "httpx", "pydantic", "boto3", "numpy"} & set(sys.modules)
"""
    )
    ended = repository.runpytest_subprocess("-p", "gateway_sim", f"--import-mode={mode}", "-p", "no:randomly")
    ended.assert_outcomes(passed=2)
    assert ended.stderr.str() == ""


@pytest.mark.slow
def test_it_is_turned_off_by_its_name(repository):
    """By the option, and where it is installed it is there without one."""
    repository.makepyfile("def test_it(live_stack): ...")
    on = repository.runpytest_subprocess("--fixtures")
    on.stdout.fnmatch_lines(["live_stack -- *"])
    off = repository.runpytest_subprocess("-p", "no:gateway_sim")
    off.assert_outcomes(errors=1)
    off.stdout.fnmatch_lines(["*fixture 'live_stack' not found"])


def test_a_fixture_and_a_mark_of_the_same_name_are_the_users_own(repository):
    """In a conftest, in a module, as a parameter of the test; a mark `race` with words of its own."""
    repository.makepyfile(
        test_own="""
import sys
import pytest

@pytest.fixture
def live_stack():
    return ["mine"]

@pytest.mark.race("of two threads", "x" * 300, rounds=3)
def test_own(live_stack, request):
    assert live_stack == ["mine"]
    assert request.node.get_closest_marker("race").kwargs == {"rounds": 3}

@pytest.mark.race
def test_bare(): ...

@pytest.mark.parametrize("live_stack", [1, 2])
def test_parametrized(live_stack):
    assert live_stack in (1, 2)
    assert "gateway_sim.scenarios.world" not in sys.modules
"""
    )
    repository.runpytest_subprocess("-p", "gateway_sim").assert_outcomes(passed=4)


def test_a_race_that_would_not_be_played_fails_and_says_what_to_do(repository):
    """A mark on a test without the fixture, on a unittest.TestCase, and a fixture that is asked for too late."""
    repository.makepyfile(
        test_unplayed="""
import unittest
import pytest

@pytest.mark.race("fresh-route")
def test_without(): ...

@pytest.mark.race("fresh-route")
class TestOld(unittest.TestCase):
    def test_it(self): ...

@pytest.mark.skip("not now")
@pytest.mark.race("fresh-route")
def test_skipped(): ...

def test_late(request):
    request.getfixturevalue("live_stack")

class TestStack(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _stack(self, live_stack): ...
    def test_it(self): ...
"""
    )
    ended = repository.runpytest_subprocess("-p", "gateway_sim", "-p", "no:randomly")
    ended.assert_outcomes(errors=3, skipped=1, failed=1)
    ended.stdout.fnmatch_lines(
        [
            "test_unplayed.py::test_without names the race fresh-route and does not ask for live_stack: "
            "add live_stack to the arguments of the test",
            "test_unplayed.py::TestOld::test_it names the race fresh-route: a race needs a test function outside of "
            "unittest that has live_stack among its arguments",
            "test_unplayed.py::TestStack::test_it: live_stack must be an argument of a test function",
            "test_unplayed.py::test_late: live_stack must be an argument of a test function",
        ]
    )
