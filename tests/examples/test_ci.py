"""The worked example does what its page says: red before the fix, in the promise's words, and green after it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import scenarios.pytest_plugin.stack  # noqa: F401
from scenarios.catalogue import catalogue
from scenarios.world.settings import Settings
from scenarios.world.user import undisturbed

pytest_plugins = ["pytester"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "ci"


@pytest.fixture(scope="module")
def warm() -> None:
    """Import all that a run imports before pytester does: it forgets that again, and torch cannot come twice."""
    catalogue()
    undisturbed(Settings(steps=1))


@pytest.fixture
def project(warm: None, pytester: pytest.Pytester) -> Path:
    """Return a copy of the example."""
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    return pytester.path


def played(pytester: pytest.Pytester) -> pytest.RunResult:
    """Run the example's tests as its page does."""
    return pytester.runpytest_inprocess("-p", "scenarios.pytest_plugin", "--race-evidence=evidence")


@pytest.mark.slow
def test_the_bug_is_caught_and_the_fix_holds(pytester: pytest.Pytester, project: Path) -> None:
    """The client retries a poll's 404 by making the call anew; the batch counts twice, and no exception says so."""
    red = played(pytester)
    red.assert_outcomes(failed=1)
    red.stdout.fnmatch_lines(
        [
            "gateway-sim: poll-404 under not-found: broken",
            "* s  no step is applied twice: step 2 moved the weights on 2 batches instead of 1",
            "*doubled-step * 1: step 2 moved the weights on 2 batches",
            "* gradients accumulated * seq_id=3 *",
            "* gradients accumulated * seq_id=5 *",
            "* step applied * step=2 accumulated=2 *",
            "* again: pytest *",
        ]
    )
    subprocess.run(["git", "apply", "fix.patch"], cwd=project, check=True)
    played(pytester).assert_outcomes(passed=1)
    assert len(list(project.glob("evidence/*/trace.txt"))) == 1


def test_the_page_shows_the_commands_and_the_sentence() -> None:
    """What the page quotes is what the test above finds."""
    page = (EXAMPLE / "README.md").read_text()
    for quoted in (
        "--race-evidence=evidence",
        "git apply fix.patch",
        "step 2 moved the weights on 2 batches instead of 1",
    ):
        assert quoted in page
    assert "pytest --race-evidence=evidence" in (EXAMPLE / ".github" / "workflows" / "races.yml").read_text()
