"""`gateway-sim sdk`: what is said of environments that are not there, or are not what they should be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from client.sdk_profiles import PROFILES
from scenarios.cli import main
from scenarios.live.sdk_environments import ENVIRONMENTS, SdkEnvironment
from scenarios.live.sdk_installation import SdkBroken, SdkInstallFailed, check, install, python_of, standing

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the environments of a test in a folder of its own."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    return tmp_path


def environment(*steps: tuple[str, ...], **packages: str) -> SdkEnvironment:
    """Describe an environment that no registry is needed for."""
    return SdkEnvironment("toy", "a toy", "tinker", packages, steps, ("json",))


def test_an_sdk_that_is_not_installed_says_how(capsys: Capture, root: Path) -> None:
    """The list says so of each, and the driver's refusal is one line with the command."""
    with pytest.raises(SystemExit) as end:
        main(["sdk", "list", "--json"])
    assert end.value.code == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)} == {"not installed"}
    with pytest.raises(ValueError, match=r"install it with: gateway-sim sdk install tinker-0\.38$"):
        python_of(ENVIRONMENTS["tinker-0.38"])


def test_an_unknown_sdk_is_answered_with_the_nearest(capsys: Capture) -> None:
    """A wrong word exits 2, and nothing is made."""
    with pytest.raises(SystemExit) as end:
        main(["sdk", "install", "tinker-0.39"])
    assert end.value.code == 2
    assert "did you mean tinker-0.38?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda folder: None, "it has no python"),
        (lambda folder: script(folder, "exit 3"), "its python ended with 3"),
        (lambda folder: script(folder, "echo 'ImportError: no torch' >&2; exit 1"), "ImportError: no torch"),
        (lambda folder: script(folder, """echo '{"tinker": "0.38.1"}'"""), "tinker is 0.38.1, not 0.38.0"),
        (lambda folder: script(folder, """echo '{"tinker": ""}'"""), "tinker is missing, not 0.38.0"),
    ],
)
def test_a_broken_environment_is_named_with_the_command_that_rebuilds_it(
    root: Path, damage: Callable[[Path], None], why: str
) -> None:
    """Whatever is wrong with it, the sentence names it, why, and what to type."""
    folder = root / "tinker-0.38"
    (folder / "bin").mkdir(parents=True)
    damage(folder)
    with pytest.raises(SdkBroken) as broken:
        asyncio.run(check(ENVIRONMENTS["tinker-0.38"]))
    assert why in str(broken.value)
    assert str(broken.value).endswith("gateway-sim sdk install tinker-0.38 --rebuild")
    assert asyncio.run(standing(ENVIRONMENTS["tinker-0.38"])).why == broken.value.why


def script(folder: Path, line: str) -> None:
    """Put a shell script in the place of an environment's python."""
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{line}\n")
    python.chmod(0o755)


def test_an_environment_is_made_once_and_rebuilt_when_asked(root: Path) -> None:
    """A real virtual environment; a second install leaves it alone, a rebuild makes it anew."""
    toy = environment()
    said: list[str] = []
    assert asyncio.run(install(toy, said.append))
    assert python_of(toy).exists()
    assert said == [f"making {root / 'toy'}"]
    assert not asyncio.run(install(toy, said.append))
    assert asyncio.run(install(toy, said.append, rebuild=True))


def test_a_failed_install_leaves_nothing_behind(root: Path) -> None:
    """pip's last words are in the sentence, and the half-made folder is gone."""
    toy = environment(("--no-index", "no-such-package-at-all"))
    with pytest.raises(SdkInstallFailed, match=r"toy could not be installed: .*no-such-package-at-all"):
        asyncio.run(install(toy, lambda _: None))
    assert not (root / "toy").exists()


def test_each_profile_has_an_environment_and_each_environment_its_pins() -> None:
    """What is measured under a name is what is installed under it."""
    assert set(PROFILES) <= set(ENVIRONMENTS)
    for made in ENVIRONMENTS.values():
        flat = {word for step in made.steps for word in step}
        assert {f"{package}=={version}" for package, version in made.packages.items()} <= flat
        assert made.steps[0] == ("torch==2.13.0",)
