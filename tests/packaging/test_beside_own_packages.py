"""A project with its own `client/`, `scenarios/` and `control_plane.py` runs its tests and the races side by side."""

import shutil
import textwrap
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.packaging.conftest import Installation

pytestmark = pytest.mark.dist


@pytest.fixture(scope="module")
def project(lab: Installation) -> Path:
    """Write the project: the example's client is its package `client`."""
    folder = lab.folder / "project"
    for package in ("client", "scenarios"):
        (folder / package).mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "ci" / "tinytrain.py", folder / "client" / "__init__.py")
    (folder / "scenarios" / "__init__.py").write_text("OURS = 'scenarios'\n")
    (folder / "control_plane.py").write_text("OURS = 'control_plane'\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_own.py").write_text(
        textwrap.dedent("""\
            import client, control_plane, scenarios


            def test_the_names_are_the_projects_own():
                assert (scenarios.OURS, control_plane.OURS) == ("scenarios", "control_plane")
                assert hasattr(client, "Trainer")
            """)
    )
    (folder / "tests" / "test_raced.py").write_text(
        textwrap.dedent("""\
            import pytest

            from client import Trainer


            @pytest.mark.race("fresh-route", gateway="leased-generation", lag_s=5, steps=1)
            def test_training_survives_a_fresh_route(live_stack):
                stack = live_stack
                trainer = Trainer(stack.trainer_url, stack.api_key, stack.base_model, stack.lora_rank)
                for batch in stack.batches:
                    trainer.step(batch, stack.adam)
            """)
    )
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = --strict-markers\n")
    return folder


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_own_tests_and_races_pass_in_every_import_mode(lab: Installation, project: Path, mode: str) -> None:
    """The plugin is there because the wheel is."""
    ended = Installation(lab.commands, project).call("pytest", "-q", f"--import-mode={mode}")
    assert "2 passed" in ended.stdout
