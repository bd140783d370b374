"""`gateway-sim new`: every kind of file works as it is written, and its test passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.new import KINDS

ROOT = Path(__file__).parents[4]


def called(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file of each kind, and return their folder."""
    folder = tmp_path_factory.mktemp("repository") / "plugins"
    for kind in KINDS:
        assert called("new", kind, f"my-{kind}", "--into", str(folder)) == 0
    return folder


@pytest.mark.slow
def test_every_new_file_has_a_test_that_passes(plugins: Path) -> None:
    """In a repository of its own, as a user would call it."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", "--rootdir", ".", "-c", "/dev/null"]
    ended = subprocess.run(
        [*words, str(plugins)], capture_output=True, text=True, cwd=ROOT, env={"PATH": "/usr/bin"}, timeout=300
    )
    assert ended.returncode == 0, ended.stdout
    assert f"{2 * len(KINDS) - 1} passed" in ended.stdout


@pytest.mark.parametrize(
    "check",
    [["ruff", "check"], ["ruff", "format", "--check"], pytest.param(["mypy", "--strict"], marks=pytest.mark.slow)],
    ids=" ".join,
)
def test_every_new_file_passes_the_linters(plugins: Path, check: list[str]) -> None:
    """Those of this project, which are strict."""
    config = ["--config-file", ""] if check[0] == "mypy" else ["--config", str(ROOT / "pyproject.toml")]
    paths = [str(path) for path in sorted(plugins.glob("*/*.py"))]
    ended = subprocess.run(
        [sys.executable, "-m", *check, *config, *paths], capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert ended.returncode == 0, ended.stdout


def test_a_file_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second of one name is refused, and the first keeps what its user wrote."""
    words = ("new", "race", "my-race", "--into", str(tmp_path))
    assert called(*words) == 0
    path = tmp_path / "races" / "my_race.py"
    path.write_text("mine")
    assert called(*words) == 2
    assert f"{path} exists" in capsys.readouterr().err
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("racer", "my-race"), "did you mean race?"),
        (("race", "My Race"), "write small letters, digits and dashes"),
        (("race", "../up"), "write small letters, digits and dashes"),
    ],
)
def test_a_wrong_word_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str], told: str
) -> None:
    """And nothing is written."""
    assert called("new", *words, "--into", str(tmp_path)) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
