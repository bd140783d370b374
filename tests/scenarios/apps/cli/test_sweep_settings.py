"""A story or a race under each value of a setting: the table, the document, the pages, the best value."""

import json

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.run import sweep as sweeping
from gateway_sim.scenarios.run.runner import run


def said_by(words, capsys):
    """Call the command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code, *capsys.readouterr()


def test_a_race_is_swept_and_its_table_is_the_same_on_every_surface(tmp_path, capsys):
    """Two lags: with the shorter the run ends earlier; the wait of the client is what it costs."""
    page, text = tmp_path / "page.html", tmp_path / "page.md"
    words = ["run", "fresh-route", "--gateway", "route-not-ready", "--sweep", "lag_s=2,8", "--seeds", "2"]
    status, out, _ = said_by([*words, "--jobs", "1", "--html", str(page), "--markdown", str(text)], capsys)
    assert status == 0
    assert "best: lag_s=2" in out
    assert "| lag_s |" in text.read_text()
    assert "best: lag_s=2" in page.read_text()
    assert "<svg" in page.read_text()
    assert words[0:2] == text.read_text().split("```sh\ngateway-sim ")[1].split()[:2]
    status, out, _ = said_by([*words, "--json"], capsys)
    document = json.loads(out)
    assert status == 0
    assert [row["values"] for row in document["rows"]] == [{"lag_s": "2"}, {"lag_s": "8"}]
    assert document["best"] == {"lag_s": "2"}
    assert document["rows"][0]["cost"]["mean"] < document["rows"][1]["cost"]["mean"]
    assert document["rows"][0]["damage"] is None


def test_two_settings_make_a_grid_from_file_and_words(tmp_path, capsys):
    """The file's sweep, and one more of the command line."""
    (tmp_path / "own.toml").write_text("seeds = 1\n[sweep]\nlag_s = [1, 2]\n")
    words = ["run", "fresh-route", "--config", str(tmp_path / "own.toml"), "--sweep", "stale=0,1", "--json"]
    status, out, _ = said_by(words, capsys)
    assert status == 0
    assert [row["values"] for row in json.loads(out)["rows"]] == [
        {"lag_s": "1", "stale": "0"}, {"lag_s": "1", "stale": "1"},
        {"lag_s": "2", "stale": "0"}, {"lag_s": "2", "stale": "1"},
    ]  # fmt: skip


def test_a_sweep_of_a_part_of_the_user_s_own_names_it(capsys):
    """In the table and in the document: the same numbers without it would be those of this project's part."""
    part = "gateway_sim.scenarios.orchestration.ports.registry:own"
    words = ["run", "promotion-race", "--part", f"registry={part}", "--sweep", "trials=2,3"]
    _, out, _ = said_by(words, capsys)
    assert f"registry={part}" in "".join(out.split())
    _, out, _ = said_by([*words, "--json"], capsys)
    assert json.loads(out)["parts"] == {"registry": part}


def test_the_file_of_the_settings_is_not_written_over(tmp_path, capsys):
    """By a page with its name."""
    own = tmp_path / "own.toml"
    own.write_text("[sweep]\nlag_s = [1, 2]\n")
    status, _, err = said_by(["run", "fresh-route", "--config", str(own), "--html", str(own)], capsys)
    assert (status, own.read_text()) == (2, "[sweep]\nlag_s = [1, 2]\n")
    assert "is the file of --config; name another" in err


def test_a_setting_without_effect_is_said_to_have_none(capsys):
    """No address is reused in this race."""
    status, out, _ = said_by(["run", "fresh-route", "--sweep", "cooldown_s=60,120", "--json"], capsys)
    assert status == 0
    assert json.loads(out)["sentence"] == "cooldown_s changed neither damage nor ended_s"


@pytest.mark.parametrize(("after", "whole"), [(1, 0), (5, 2)])
def test_ctrl_c_keeps_the_values_of_which_all_seeds_were_played(after, whole, tmp_path, monkeypatch, capsys):
    """A value with half of its seeds would have a mean of other runs; no page, and exit status 130."""

    def interrupted(specs, workers, *, store):
        yield from map(run, specs[:after])
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeping, "sweep", interrupted)
    page = tmp_path / "page.html"
    words = ["run", "fresh-route", "--sweep", "lag_s=2,4,8", "--seeds", "2", "--html", str(page), "--json"]
    status, out, err = said_by(words, capsys)
    assert status == 130
    assert f"stopped after {after} of 6 runs: {whole} of 3 values are whole" in err
    rows = json.loads(out)["rows"] if whole else []
    assert (out != "", [row["values"]["lag_s"] for row in rows]) == (bool(whole), ["2", "4"][:whole])
    assert all(row["seeds"] == 2 for row in rows)
    assert not page.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sweep", "lag_s=1,x"], "lag_s=x: it must be a number"),
        (["--sweep", "lagg_s=1,2"], "did you mean lag_s?"),
        (["--sweep", "lag_s=1,1"], "list each value once"),
        (["--sweep", "lag_s=1..9"], "a range is LOW..HIGH:STEP"),
        (["--sweep", "lag_s=9..1:2"], "it must rise"),
        (["--sweep", "lag_s=0..1000000:1"], "1,000,000 values; 1000 are played at most"),
        (["--sweep", "lag_s=1,2", "--set", "lag_s=3"], "--set sets it to one value"),
        (["--sweep", "lag_s=1,2", "--trace", "t.txt"], "--trace shows one run"),
        (["--markdown", "t.md"], "name what to sweep with --sweep"),
    ],
)
def test_words_that_are_off_are_refused_before_any_run(words, said, capsys):
    """Exit 2, with what to do."""
    status, _, err = said_by(["run", "fresh-route", *words], capsys)
    assert status == 2
    assert said in err


@pytest.mark.slow
def test_the_best_interval_between_checkpoints_is_young_s_and_daly_s(capsys):
    """Over 20 seeds: no value costs less than 90 % of theirs, and theirs measured is within 3 % of the closed form."""
    words = ["run", "preempt-resume", "--set", "steps=60", "--set", "step_s=120", "--seeds", "20", "--json"]
    status, out, _ = said_by([*words, "--sweep", "checkpoint_every_s=120..1920x2"], capsys)
    assert status == 0
    document = json.loads(out)
    rows = {row["values"]["checkpoint_every_s"]: row for row in document["rows"]}
    theory = next(row for row in rows.values() if row["theory"] == "Young/Daly")
    best = next(row for row in rows.values() if row["best"])
    assert float(theory["values"]["checkpoint_every_s"]) == pytest.approx((2 * 30 * 2700) ** 0.5, abs=0.1)
    assert theory["cost"]["mean"] <= 1.1 * best["cost"]["mean"]
    assert theory["cost"]["mean"] == pytest.approx(theory["closed_form"], rel=0.03)
    assert rows["1920"]["cost"]["mean"] > 1.1 * best["cost"]["mean"]
    assert rows["120"]["cost"]["mean"] > 1.1 * best["cost"]["mean"]
