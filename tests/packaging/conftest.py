"""The built wheel, installed as a user would install it, and a folder outside the repository to use it in."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.packaging.packages import Packages, build

PINS = ("-c", str(ROOT / "constraints.txt"))
NOT_OURS = ("PYTHONPATH", "PYTEST_ADDOPTS", "VIRTUAL_ENV")
"""Variables of the process that runs these tests which would reach into the installation."""


@dataclass(frozen=True)
class Installation:
    """A folder of commands, and the empty folder in which they are run."""

    commands: Path
    folder: Path

    def command(self, *words: str) -> list[str]:
        """Return the words of a call, the command's file first."""
        return [str(self.commands / words[0]), *words[1:]]

    def call(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. It must have this exit status."""
        ended = run(*self.command(*words), folder=self.folder)
        assert ended.returncode == status, f"{words}: {ended.stdout}{ended.stderr}"
        return ended


def run(*command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without the variables of this environment that name other code."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_OURS} | variables
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=500)


def installed(*command: str, folder: Path, **variables: str) -> None:
    """Run a command that installs; it must end well."""
    ended = run(*command, folder=folder, **variables)
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Build sdist and wheel."""
    return build(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def lab(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Install the wheel with its extra `lab` and pytest by pip, in a new environment; torch first, as docs say."""
    home = tmp_path_factory.mktemp("lab")
    installed(sys.executable, "-m", "venv", str(home / "environment"), folder=home)
    pip = (str(home / "environment" / "bin" / "pip"), "install", "--quiet", *PINS)
    installed(*pip, "torch", folder=home)
    installed(*pip, f"{packages.wheel}[lab]", "pytest", folder=home)
    (home / "empty").mkdir()
    return Installation(home / "environment" / "bin", home / "empty")


@pytest.fixture(scope="session", params=["uv", "pipx"])
def light(request: pytest.FixtureRequest, packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Install the wheel alone, as a command of its own, by uv and by pipx."""
    home = tmp_path_factory.mktemp(request.param)
    tool = (sys.executable, "-m", request.param)
    if request.param == "uv":
        words = ("tool", "install", "--quiet", *PINS, "--python", sys.executable, str(packages.wheel))
        places = {"UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin")}
        environment = home / "tools" / "gateway-sim"
    else:
        words = ("install", "--quiet", "--python", sys.executable, f"--pip-args={' '.join(PINS)}", str(packages.wheel))
        places = {"PIPX_HOME": str(home / "tools"), "PIPX_BIN_DIR": str(home / "bin")}
        environment = home / "tools" / "venvs" / "gateway-sim"
    installed(*tool, *words, folder=home, **places)
    assert (home / "bin" / "gateway-sim").exists(), "the command is where the tool puts commands"
    (home / "empty").mkdir()
    return Installation(environment / "bin", home / "empty")
