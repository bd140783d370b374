"""The file that says whose profile a version has: what is read of it, and what of a damaged one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.engines.live.sdks.environments import (
    SDKS,
    SdkUnavailable,
    known_here,
    named,
    profile_of,
    require,
)
from gateway_sim.scenarios.engines.live.sdks.given_profile import (
    PROFILE_FILE,
    GivenProfile,
    UnlikeCell,
    given_sentences,
    keep,
    kept,
)
from gateway_sim.scenarios.sim.errors import UnknownWord

WORD = "tinker==0.36.0"
GIVEN = GivenProfile(
    "tinker-0.38",
    9.0,
    67,
    {"tinker-0.38": 66, "tinker-0.15": 37},
    (UnlikeCell("asample", "404", "ok", "NotFoundError"),),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a version's environment, whose SDK seems to be importable."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    folder = tmp_path / WORD
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to("/bin/true")
    return folder


def test_an_installed_version_is_known_by_every_spelling_of_it(folder: Path) -> None:
    """With the profile of the measured SDK that the file names, beside the measured SDKs and after them."""
    keep(GIVEN, folder)
    assert kept(folder) == GIVEN
    assert list(known_here()) == [*SDKS, WORD]
    assert require("tinker==0.36").given == GIVEN
    assert profile_of("tinker==0.36") is PROFILES["tinker-0.38"]
    assert given_sentences(WORD, GIVEN) == [
        f"{WORD} was given the profile of tinker-0.38: 66 of 67 cells agree (37 with tinker-0.15).",
        "asample, 404: measured ok; the profile says NotFoundError.",
    ]


def test_a_measured_version_is_its_sdk() -> None:
    """By either package of a pair; another tinker is installed alone, another fireworks-ai as its nearest."""
    assert named("tinker==0.38.0") is named("tinker-0.38") is SDKS["tinker-0.38"]
    assert named("tinker==0.15") is named("fireworks-ai==1.0.0a62") is SDKS["tinker-0.15"]
    assert profile_of("tinker==0.38") is PROFILES["tinker-0.38"]
    assert (named("tinker==0.16.1").kind, named("tinker==0.16.1").summary) == ("tinker", "tinker==0.16.1")
    near, other = named("fireworks-1.2"), named("fireworks-ai==1.2.29")
    assert (other.kind, other.checks, other.with_dependencies) == (near.kind, near.checks, near.with_dependencies)
    assert other.alone == ("fireworks-ai==1.2.29",)
    assert named("fireworks-ai==1.0.0a61").summary == "fireworks-ai==1.0.0a61"


def damaged(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Return a function that changes the file's document."""

    def damage(file: Path) -> None:
        document = json.loads(file.read_text())
        change(document)
        file.write_text(json.dumps(document))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: file.write_text(file.read_text()[:40]),
        lambda file: file.write_text("[]"),
        damaged(lambda document: document.update(schema="gateway-sim/given-profile/0")),
        damaged(lambda document: document.update(profile="tinker-0.99", agree={"tinker-0.99": 67})),
        damaged(lambda document: document.pop("agree")),
        damaged(lambda document: document["agree"].pop("tinker-0.38")),
    ],
    ids=["no file", "cut", "other JSON", "other schema", "a profile that is not there", "no field", "no count"],
)
def test_without_a_profile_a_version_is_not_installed(folder: Path, damage: Callable[[Path], object]) -> None:
    """An interrupted installation, or a file that is no such file: the refusal says what to run, which measures it."""
    keep(GIVEN, folder)
    damage(folder / PROFILE_FILE)
    assert list(known_here()) == list(SDKS)
    for refused in (require, profile_of):
        with pytest.raises(SdkUnavailable, match=rf"^{WORD} is not installed; run: gateway-sim sdk install {WORD}$"):
            refused(WORD)


def test_a_folder_with_another_name_is_no_sdk(tmp_path: Path, folder: Path) -> None:
    """What lies beside the environments is left alone, also what was measured since."""
    keep(GIVEN, folder)
    for name in ("torch==2.7", "tinker==0.36.*", "tinker==0.38.0"):
        folder.rename(tmp_path / name)
        folder = tmp_path / name
        assert list(known_here()) == list(SDKS)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """A name is that of a measured SDK; profiles are called profiles."""
    with pytest.raises(UnknownWord, match=r"no SDK is called 'tinker-0.39'; did you mean tinker-0\.38"):
        named("tinker-0.39")
    with pytest.raises(UnknownWord, match=r"no SDK profile is called 'tinker-0.39'; did you mean tinker-0\.38"):
        profile_of("tinker-0.39")
