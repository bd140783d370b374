"""A run's settings from a TOML file: what it says is taken, and an error names its line."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.config_file import ConfigFile, read_config
from gateway_sim.scenarios.sim.errors import UsageError
from tests.scenarios.documents import unlike_type

WHOLE = """\
seeds = 3

[settings]
lag_s = 2.5
replicas = 4
law = "uniform"
shapes = [8, 8, 4]
on = true

[sweep]
stale = [1, 2]
"""


def file_of(folder: Path, text: str) -> Path:
    """Write a config file."""
    path = folder / "own.toml"
    path.write_text(text)
    return path


def test_a_file_says_settings_sweeps_and_seeds(tmp_path):
    """As the words of the command line; a list is its words with commas."""
    told = read_config(file_of(tmp_path, WHOLE))
    assert told.settings == {"lag_s": "2.5", "replicas": "4", "law": "uniform", "shapes": "8,8,4", "on": "true"}
    assert (told.sweep, told.seeds, told.seed) == ({"stale": "1,2"}, 3, None)
    assert told.lines["stale"] == 11


def test_the_published_schema_is_that_of_the_file():
    """The type that `gateway-sim schema config` shows takes such a file, and no other word."""
    import tomllib

    assert unlike_type("config", tomllib.loads(WHOLE)) == []
    assert unlike_type("config", {"setings": {}}) != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[settings]\nlag_s = \n", "line 2: this is no TOML"),
        (
            "seeds = 2\n[setings]\nlag_s = 1\n",
            "line 2: no entry of a config file is called 'setings'; did you mean set",
        ),
        ("settings = 3\n", "line 1: settings must be a table"),
        ("[settings]\nlag_s = {a = 1}\n", "line 2: lag_s must be a number, a word"),
        ("seeds = 0\n", "line 1: seeds is 0; it must be a whole number"),
        ("[settings]\nlag_s = 1\n[sweep]\nlag_s = [1, 2]\n", "line 2: lag_s is both set and swept"),
    ],
)
def test_an_error_names_file_and_line(tmp_path, text, said):
    """Before anything runs."""
    with pytest.raises(UsageError) as error:
        read_config(file_of(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'own.toml'}, {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[settings]\nlag_s = 1\nreplcas = 3\n",
            "own.toml, line 3: no setting is called 'replcas'; did you mean replicas",
        ),
        ("\n[settings]\nreplicas = 0\n", "own.toml, line 3: replicas is 0; it must be 1 or more"),
        ("[sweep]\nstale = [1, 9]\n", "own.toml, line 2: stale is 9, but there are only 3 replicas"),
    ],
)
def test_a_setting_that_is_refused_is_found_in_the_file(tmp_path, capsys, text, said):
    """With the nearest name."""
    with pytest.raises(SystemExit) as ended:
        main(["run", "fresh-route", "--config", str(file_of(tmp_path, text))])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_set_wins_over_the_file_and_is_not_blamed_on_it(tmp_path, capsys):
    """The file's value is not even read then."""
    path = str(file_of(tmp_path, "[settings]\nreplicas = 0\n"))
    with pytest.raises(SystemExit) as ended:
        main(["run", "fresh-route", "--config", path, "--set", "replicas=0"])
    assert ended.value.code == 2
    assert "own.toml" not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["run", "fresh-route", "--config", path, "--set", "replicas=3", "--set", "stale=0", "--json"])
    assert '"replicas": "3"' in capsys.readouterr().out


def test_without_a_file_nothing_is_told():
    """And an error stays as it is."""
    with pytest.raises(UsageError, match=r"^wrong$"), ConfigFile().named({}):
        raise UsageError("wrong")
