"""`gateway-sim verify`: the main job, its document, its exit status and its report."""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.verification import to_verify
from gateway_sim.scenarios.orchestration.stories import preempt_resume
from gateway_sim.scenarios.run import matrix
from gateway_sim.scenarios.run import sweep as sweeping
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.workers import Workers


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a verification have two races only, one pair each."""
    specs = [RunSpec("fresh-route"), RunSpec("healthy", client="warmup-verified")]
    monkeypatch.setattr(matrix, "specs", lambda seeds, **words: iter(specs * seeds))
    monkeypatch.setattr(matrix, "story_specs", lambda seeds, **words: [])


def test_every_race_meets_every_pair() -> None:
    """A race that is added is verified without a list being edited."""
    specs = list(matrix.specs(1, full=True))
    assert {spec.race for spec in specs} == set(races.names())
    pairs = {(s.client, s.gateway, tuple(s.settings.items()), s.balance) for s in specs}
    assert len(specs) == len(pairs) * len(races.names())
    assert len(list(matrix.specs(3, full=True))) == 3 * len(specs)


def test_a_quick_verification_leaves_no_race_out() -> None:
    """Without --full some races meet fewer pairs, but each is played, under every client."""
    specs = list(matrix.specs(1))
    assert {spec.race for spec in specs} == set(races.names())
    for race in races.names():
        assert {spec.client for spec in specs if spec.race == race} == set(matrix.CLIENTS)


@pytest.mark.usefixtures("few")
def test_as_expected_is_exit_status_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs as expected, one of them broken on purpose: 0, a document, a JUnit report without failures."""
    report = tmp_path / "verify.xml"
    assert call("verify", "--json", "--junit", str(report)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 0
    assert [run["verdict"] for run in document["runs"]] == ["broken", "kept"]
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")


@pytest.mark.usefixtures("few")
def test_a_race_that_stops_reproducing_is_red(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gateway that quietly answers misses from its upstream would make the race vanish; verify must say so."""
    from gateway_sim.replicas import Fresh
    from gateway_sim.scenarios.world import replicas

    monkeypatch.setattr(replicas, "Lagging", lambda lag: Fresh())
    report = tmp_path / "verify.xml"
    assert call("verify", "--json", "--junit", str(report)) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 1
    assert document["runs"][0]["verdict"] == "not_exercised"
    failure = ElementTree.parse(report).getroot().find("testcase/failure")
    assert failure is not None
    assert "gateway-sim run fresh-route" in (failure.text or "")


@pytest.mark.usefixtures("few")
def test_the_tables_are_for_people(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal shows the races, the PR's own table and the count, each line within 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    assert call("verify") == 0
    shown = capsys.readouterr().out
    assert "✗ crashed" in shown
    assert "PR 348 says of #348" in shown
    assert "All 2 runs in" in shown
    assert "went as expected; 1 of them fail" in shown
    assert max(len(line.rstrip()) for line in shown.splitlines() if "gateway-sim run" not in line) <= 80


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_scenarios_of_orchestration_have_a_table_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row a scenario and what it was set to, its damage in each variant; a fix that stops holding is red."""
    family = [RunSpec("preempt-resume", settings={"variant": name}) for name in ("broken", "half-fixed", "fixed")]
    family.append(RunSpec("preempt-resume", settings={"variant": "half-fixed", "omits": "rng"}))
    monkeypatch.setattr(matrix, "story_specs", lambda seeds, **words: family)
    monkeypatch.setenv("COLUMNS", "80")
    assert call("verify") == 0
    shown = capsys.readouterr().out
    assert "preempt-resume" in shown
    assert "✓ 0" in shown
    assert "preempt-resume omits=rng" in shown
    assert max(len(line.rstrip()) for line in shown.splitlines() if "gateway-sim run" not in line) <= 80
    monkeypatch.setattr(preempt_resume, "promises", [])
    assert call("verify", "--json", "--jobs", "1") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 3
    assert [run["metrics"]["damage_unit"] for run in document["runs"][2:]] == ["steps lost or wrong"] * 4


@pytest.mark.usefixtures("few")
def test_the_last_lines_say_which_run_to_look_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that draws one, whole on its line; and the command that says what to ship, if these runs cannot."""
    monkeypatch.setenv("COLUMNS", "60")
    assert call("verify", "fresh-route") == 0
    *_, advised, look = capsys.readouterr().out.splitlines()
    assert advised == "To look at one run:"
    assert look.strip().startswith("gateway-sim run fresh-route --client plain --gateway not-found ")
    assert look.endswith(" --html page.html")


def test_clients_and_gateways_are_selected_by_their_names_in_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """A name with a plus sign is one, and no scenario of orchestration is played beside them."""
    words = ("--client", "plain", "--gateway", "route-not-ready+", "--gateway", "not-found")
    assert call("verify", "fresh-route", *words, "--json") == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert {(run["race"], run["client"], run["gateway"], len(run["settings"])) for run in runs} == {
        ("fresh-route", "plain", "not-found", 0),
        ("fresh-route", "plain", "route-not-ready", 2),
    }
    assert len(to_verify(clients=["plain"])) == len([s for s in matrix.specs(1) if s.client == "plain"])


@pytest.mark.parametrize(
    ("option", "word", "sentence"),
    [
        ("--client", "plane", "no client policy of a verification is called 'plane'; did you mean plain?"),
        ("--gateway", "hold", "there are: leased-generation, not-found, route-not-ready, route-not-ready+"),
    ],
)
def test_a_policy_that_no_race_is_verified_under_is_refused(
    option: str, word: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of an empty table that went as expected."""
    assert call("verify", option, word) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("after", [0, 1])
def test_ctrl_c_keeps_what_was_played(
    after: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The table of the runs so far, a report of them, exit status 130; and nothing is recommended."""

    def interrupted(specs: list[RunSpec], workers: Workers, *, store: object) -> Iterator[RunResult]:
        yield from map(run, specs[:after])
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeping, "sweep", interrupted)
    report, page = tmp_path / "report.xml", tmp_path / "page.html"
    words = ("verify", "healthy", "--client", "plain", "--junit", str(report), "--html", str(page))
    assert call(*words) == 130
    shown = capsys.readouterr().out
    assert f"Stopped after {after} of 8 runs." in shown
    assert ("✓ completed" in shown) == bool(after)
    assert "Ship" not in shown
    assert ElementTree.parse(report).getroot().get("tests") == str(after)
    assert not page.exists()
    assert call(*words, "--json") == 130
    document = json.loads(capsys.readouterr().out)
    assert (document["stopped"], document["recommended"], len(document["runs"])) == (True, None, after)


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder costs no 10 seconds."""
    assert call("verify", "--junit", "no/such/folder/report.xml") == 2
    assert "there is no folder" in " ".join(capsys.readouterr().err.split())


EVERY_FIFTH = 5


def pair_of(spec: RunSpec) -> tuple[str, str, str, str]:
    """Return what a cell plays, whatever its race."""
    return spec.client, spec.gateway, repr(spec.settings), spec.balance


@lru_cache
def cells(every: int) -> dict[str, list[RunSpec]]:
    """Return by race every `every`-th of its cells that must break, and of those that must keep: at least one of each.

    Races begin at different cells; a pair that is in none of these is taken from the first race that has it.
    """
    taken: dict[str, list[RunSpec]] = {}
    whole = list(matrix.specs(1))
    for first, race in enumerate(races.names()):
        expected: dict[str | None, list[RunSpec]] = {}
        for spec in whole:
            if spec.race == race:
                expected.setdefault(race_plan(spec).expected, []).append(spec)
        taken[race] = [spec for some in expected.values() for spec in some[first % min(every, len(some)) :: every]]
    met = set(map(pair_of, chain.from_iterable(taken.values())))
    for spec in whole:
        if pair_of(spec) not in met:
            met.add(pair_of(spec))
            taken[spec.race].append(spec)
    return taken


@pytest.mark.parametrize("race", races.names())
@pytest.mark.parametrize("every", [EVERY_FIFTH, pytest.param(1, marks=pytest.mark.slow)])
def test_every_expectation_is_what_is_measured(race: str, every: int) -> None:
    """No hope survives here: each pair's verdict is the one its race names; of all pairs, if slow."""
    for spec in cells(every)[race]:
        result = run(spec)
        assert result.as_expected, (result.replay, result.violations)
        assert result.expected is not None


def test_a_sample_has_every_pair_and_each_verdict_of_each_race() -> None:
    """What the quick test leaves out is a race under a pair, and neither a race nor a pair nor a balancer."""
    whole, sample = cells(1), cells(EVERY_FIFTH)
    assert sorted(map(repr, chain.from_iterable(whole.values()))) == sorted(map(repr, matrix.specs(1)))
    for race, of_race in whole.items():
        assert {race_plan(spec).expected for spec in sample[race]} == {race_plan(spec).expected for spec in of_race}
    pairs, met = ({pair_of(spec) for spec in chain.from_iterable(some.values())} for some in (whole, sample))
    assert met == pairs
    assert len(list(chain.from_iterable(sample.values()))) < 0.25 * len(list(matrix.specs(1)))


@pytest.mark.slow
def test_a_cell_of_several_runs_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of several seeds, or of balancers that agree, the least expected is shown; a cell of one run needs no word."""
    specs = [RunSpec("fresh-route"), RunSpec("healthy")]
    monkeypatch.setattr(matrix, "specs", lambda seeds, **words: iter(specs * seeds))
    monkeypatch.setattr(matrix, "story_specs", lambda seeds, **words: [])
    for seeds, said in (("1", 0), ("3", 1)):
        assert call("verify", "--seeds", seeds) == 0
        assert capsys.readouterr().out.count("each cell is the worst of up to 3 runs: ") == said
