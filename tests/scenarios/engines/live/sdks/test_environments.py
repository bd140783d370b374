"""The commands that make the environment of a version that was not measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.engines.live.sdks.environments import install_commands, named, torch_here

SHOWN = "import sys; print(*sys.argv[1:])"


@pytest.mark.parametrize(
    ("asks", "installed"),
    [
        (
            ['tinker==0.22.7; extra == "training"', 'tinker==0.22.7; extra == "training-sdk"', "tinkerbell"],
            "tinker==0.22.7",
        ),
        (["aiohttp"], None),
    ],
)
def test_another_fireworks_ai_brings_the_tinker_that_it_asks_for(
    tmp_path: Path, asks: list[str], installed: str | None
) -> None:
    """It is installed alone, as the nearest measured version is, and pins its tinker in an extra."""
    about = tmp_path / "fireworks_ai-1.2.0.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text("\n".join(["Name: fireworks-ai", "Version: 1.2.0", *(f"Requires-Dist: {ask}" for ask in asks)]))
    *_, alone, its_tinker = install_commands(named("fireworks-ai==1.2.29"))
    assert alone[-2:] == ["--no-deps", "fireworks-ai==1.2.29"]
    assert its_tinker[3:6] == ["-m", "pip", "install"]
    said = [sys.executable, *its_tinker[1:3], "-c", SHOWN, torch_here()]
    ran = subprocess.run(said, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)})
    assert ran.stdout.split() == ([torch_here(), installed] if installed else [])


def test_another_tinker_is_installed_with_its_own_dependencies() -> None:
    """As its users install it."""
    *_, last = install_commands(named("tinker==0.36.0"))
    assert last[-2:] == [torch_here(), "tinker==0.36.0"]
