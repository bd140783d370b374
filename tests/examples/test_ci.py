"""The worked example does what its page says: red before the fix, in the promise's words, and green after it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import gateway_sim.scenarios.apps.pytest_plugin.stack  # noqa: F401
from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import undisturbed

pytest_plugins = ["pytester"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "ci"
WORKFLOW = EXAMPLE / ".github" / "workflows" / "races.yml"


@pytest.fixture(scope="module")
def warm() -> None:
    """Import all that a run imports before pytester does: it forgets that again, and torch cannot come twice."""
    catalogue()
    undisturbed(Settings(steps=1), "cpu")


@pytest.fixture
def project(warm: None, pytester: pytest.Pytester) -> Path:
    """Return a copy of the example."""
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    return pytester.path


def played(pytester: pytest.Pytester) -> pytest.RunResult:
    """Run the example's tests as its page does."""
    return pytester.runpytest_inprocess("-p", "gateway_sim", "-p", "no:asyncio", "--race-evidence=evidence")


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        ("verify deploy-in-training", 0, "wait-then-503"),
        ("explore deploy-in-training --gateway wait-then-503 --seeds 40", 1, "the first step comes within"),
        # all orders take minutes; one of them shows that the policy is played
        ("enumerate --gateway wait-then-503 --order 0", 0, "run finished"),
    ],
)
def test_what_lives_in_the_example_is_verified_explored_and_enumerated(
    tmp_path: Path, command: str, status: int, told: str
) -> None:
    """As its page shows, from a copy of the example."""
    shutil.copytree(EXAMPLE / "plugins", tmp_path / "plugins")
    shown = command.removesuffix(" --order 0")
    assert f"gateway-sim {shown} --plugins plugins" in (EXAMPLE / "README.md").read_text()
    words = [sys.executable, "-m", "gateway_sim", *command.split(), "--plugins", "plugins"]
    where = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1]), "COLUMNS": "120"}
    ended = subprocess.run(words, cwd=tmp_path, env=where, capture_output=True, text=True, timeout=600)
    assert ended.returncode == status, ended.stderr
    assert told in ended.stdout


def test_the_page_shows_the_commands_and_the_sentence() -> None:
    """What the page quotes is what the test above finds."""
    page = (EXAMPLE / "README.md").read_text()
    for quoted in (
        "--race-evidence=evidence",
        "git apply fix.patch",
        "step 2 moved the weights on 2 batches instead of 1",
    ):
        assert quoted in page
    assert "pytest --race-evidence=evidence" in WORKFLOW.read_text()


def installed(tmp_path: Path, **variables: str) -> tuple[int, list[str], str]:
    """Run the workflow's steps that install, with a pip that only says what it was asked for."""
    pip = tmp_path / "pip"
    pip.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n')
    pip.chmod(0o755)
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["races"]["steps"]
    lines = [step["run"] for step in steps if step.get("run", "").startswith("pip ")]
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", **variables}
    ended = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], env=environ, capture_output=True, text=True)
    asked = tmp_path / "asked"
    return ended.returncode, asked.read_text().splitlines() if asked.exists() else [], ended.stderr


def test_the_workflow_installs_gateway_sim_from_where_its_variable_says(tmp_path: Path) -> None:
    """Before the example itself, which needs it and would look for it on an index, where it is not."""
    where = "git+https://example.org/owner/gateway-sim@main"
    assert installed(tmp_path, GATEWAY_SIM=where)[:2] == (0, [f"install {where}", "install .[test]"])


@pytest.mark.parametrize("unset", [{}, {"GATEWAY_SIM": ""}])
def test_the_workflow_says_what_to_set(tmp_path: Path, unset: dict[str, str]) -> None:
    """An unset variable ends it in a sentence, before pip looks anywhere."""
    status, asked, said = installed(tmp_path, **unset)
    assert (status != 0, asked) == (True, [])
    assert "set the repository variable GATEWAY_SIM to a git URL or a wheel" in said
