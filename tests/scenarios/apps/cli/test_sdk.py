"""`gateway-sim sdk`: what is said of environments that are not there, or are not what they should be."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live.sdks import environments
from gateway_sim.scenarios.engines.live.sdks.environments import (
    SDKS,
    SdkEnvironment,
    SdkUnavailable,
    install_commands,
    require,
    torch_here,
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the environments of a test in a folder of its own."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    return tmp_path


def script(folder: Path, line: str) -> None:
    """Put a shell script in the place of an environment's python."""
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{line}\n")
    python.chmod(0o755)


def test_an_sdk_that_is_not_installed_says_how(capsys: Capture) -> None:
    """The list says so of each, and the driver's refusal is one line with the command."""
    with pytest.raises(SystemExit) as end:
        main(["sdk", "list", "--no-index", "--json"])
    assert end.value.code == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)["sdks"]} == {"absent"}
    with pytest.raises(SystemExit) as end:
        main(["run", "healthy", "--engine", "live", "--sdk", "tinker-0.15"])
    assert end.value.code == 2
    assert "tinker-0.15 is not installed; run: gateway-sim sdk install tinker-0.15" in capsys.readouterr().err


def test_an_unknown_sdk_is_answered_with_the_nearest(capsys: Capture) -> None:
    """A wrong word exits 2, and nothing is made."""
    with pytest.raises(SystemExit) as end:
        main(["sdk", "install", "tinker-0.39"])
    assert end.value.code == 2
    assert "did you mean tinker-0.38?" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["verify"], ["tournament"]], ids=" ".join)
def test_an_sdk_and_its_driver_belong_together(command: list[str], capsys: Capture) -> None:
    """One without the other is refused, and the refusal says where the names are."""
    for words in (["--driver", "sdk"], ["--sdk", "tinker-0.15"]):
        with pytest.raises(SystemExit) as end:
            main([*command, *words])
        assert end.value.code == 2
        assert "belong together" in capsys.readouterr().err


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: None,
        lambda folder: script(folder, "exit 3"),
        lambda folder: (folder / "bin" / "python").write_text("no program"),
    ],
    ids=["no python", "it does not import", "no program"],
)
def test_a_broken_environment_is_named_with_the_command_that_rebuilds_it(
    root: Path, damage: Callable[[Path], object]
) -> None:
    """Whatever is wrong with it, the sentence names it and what to type."""
    (root / "tinker-0.38" / "bin").mkdir(parents=True)
    damage(root / "tinker-0.38")
    with pytest.raises(
        SdkUnavailable, match=r"^the environment of tinker-0\.38 .* is broken; .*--rebuild tinker-0\.38$"
    ):
        require("tinker-0.38")


def test_an_environment_is_imported_once_until_a_package_comes_or_goes(root: Path) -> None:
    """Each worker of a sweep asks, and an import takes seconds."""
    folder = root / "tinker-0.38"
    (folder / "bin").mkdir(parents=True)
    packages = folder / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    script(folder, f"echo imported >> {root}/calls")
    for _ in range(2):
        require("tinker-0.38")
    assert (root / "calls").read_text() == "imported\n"
    script(folder, "exit 3")
    require("tinker-0.38")
    later_s = time.time() + 60
    os.utime(packages, (later_s, later_s))
    with pytest.raises(SdkUnavailable, match="is broken"):
        require("tinker-0.38")


def test_one_that_cannot_be_installed_does_not_keep_the_others_from_it(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fails, the second is made all the same, and the end names the one that is missing."""

    def commands(environment: SdkEnvironment) -> list[list[str]]:
        if environment.name == "tinker-0.15":
            return [["sh", "-c", "echo no such package >&2; exit 1"]]
        return [["sh", "-c", f"mkdir -p {environment.folder}/bin && ln -s /bin/true {environment.python}"]]

    monkeypatch.setattr(environments, "install_commands", commands)
    with pytest.raises(SystemExit) as end:
        main(["sdk", "install", "tinker-0.15", "tinker-0.38"])
    assert end.value.code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "tinker-0.15 could not be installed: no such package" in said
    assert f"tinker-0.38 is installed in {root}" in said
    assert said.endswith("not installed: tinker-0.15")
    assert require("tinker-0.38").name == "tinker-0.38"


def test_torch_is_installed_first_and_pinned_in_each() -> None:
    """What depends on torch must not choose a build of it."""
    for environment in SDKS.values():
        lines = list(install_commands(environment))
        assert lines[0][1:3] == ["-m", "venv"]
        assert lines[1][-1] == torch_here()
        assert all(torch_here() in line or "--no-deps" in line for line in lines[1:])


def test_each_profile_has_an_environment() -> None:
    """What is measured under a name is what is installed under it."""
    assert set(PROFILES) <= set(SDKS)
