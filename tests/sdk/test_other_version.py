"""A version of tinker that was not measured, from the package index to a race that it trains in."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS
from gateway_sim.scenarios.engines.live.sdks.package_index import IndexSilent, versions_of
from tests.scenarios.documents import unlike

pytestmark = pytest.mark.sdk


@pytest.fixture
def word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the newest version that was not measured, and a folder without environments, which ends with the test."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    measured = {sdk.versions.get("tinker") for sdk in SDKS.values()}
    try:
        version = next(version for version in versions_of("tinker") if version not in measured)
    except IndexSilent as silent:
        pytest.skip(str(silent))
    yield f"tinker=={version}"
    # its environment has torch, and pytest keeps the folders of three sessions
    shutil.rmtree(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, dict[str, Any]]:
    """Return the exit status of a command, and the document that it printed."""
    with pytest.raises(SystemExit) as end:
        main([*words, "--json"])
    printed = capsys.readouterr().out
    assert unlike(printed) == []
    return end.value.code, json.loads(printed)


def test_a_version_that_was_not_measured_is_installed_sampled_and_raced(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has the profile of a measured SDK, which agrees with most of its cells, and trains in virtual time."""
    status, made = told(capsys, "sdk", "install", word)
    assert status == 0, made
    (one,) = made["sdks"]
    given = one["given"]
    assert (one["name"], given["cells"]) == (word, 67)
    assert given["agree"][given["profile"]] + len(given["unlike"]) == 67
    assert given["agree"][given["profile"]] == max(given["agree"].values()) > 0.9 * 67
    status, run = told(capsys, "run", "healthy", "--driver", "sdk", "--sdk", word)
    assert (status, run["sdk"], run["verdict"], run["error"]) == (0, word, "kept", None)
    status, run = told(capsys, "run", "fresh-route", "--driver", "sdk", "--sdk", word)
    assert (run["verdict"], run["expected"], run["error"]["type"]) == ("broken", "broken", "NotFoundError")
