"""The tournament: the same seeds for all, the same scores for any number of workers, and claims that can fail."""

import dataclasses
import io
import itertools
import json
from pathlib import Path

import pytest
from rich.console import Console

from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.advice import INTERRUPTED
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.claims import claims
from gateway_sim.scenarios.compare.pair_summary import AfterDeletion, pair_summaries, shares
from gateway_sim.scenarios.compare.tournament import (
    ENDED,
    KEPT_BY_GATEWAYS,
    OF_OUR_GATEWAY,
    Score,
    own_specs,
    scores,
    specs,
)
from gateway_sim.scenarios.compare.warm_up_costs import QUESTIONS, comparison, measuring
from gateway_sim.scenarios.report.tournament import (
    made_by,
    race_tables,
    tournament_markdown,
    tournament_page,
    tournament_table,
)
from gateway_sim.scenarios.run.matrix import CLIENTS, GATEWAYS, SHORT, is_ours
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.run.spec import GatewayProgram
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.world.policies import BALANCES

RACES = ("fresh-route", "job-deleted", "recreated-job", "healthy")


@pytest.fixture(scope="module")
def found() -> list[Score]:
    """Return the scores of these races on one seed."""
    return list(scores(specs(1, RACES), Workers()))


def test_a_gateway_of_the_users_own_plays_live_with_every_client():
    """It has a row of its own name; its runs are short enough for the real clock, and no claim counts them."""
    program = GatewayProgram("python gateway.py")
    own = own_specs([program], 1, ("incident-344", "fresh-route"))
    assert [(spec.race, spec.client) for spec in own] == list(
        itertools.product(("incident-344", "fresh-route"), CLIENTS)
    )
    assert {(spec.gateway, spec.own_gateway, spec.engine) for spec in own} == {("python gateway.py", program, "live")}
    assert own[0].settings == {"order": "random", **SHORT["incident-344"]}
    assert not any(is_ours(spec.client, spec.gateway) for spec in own)


def test_the_pairs_of_one_policy_can_be_played_alone():
    """On the seeds that they have among all pairs; the page names the command."""
    some = specs(2, RACES, by_clients=["exactly-once"], behind=["hold", "not-found"])
    assert some == [s for s in specs(2, RACES) if s.client == "exactly-once" and s.gateway in ("hold", "not-found")]
    with pytest.raises(UnknownWord, match="client policy"):
        specs(1, by_clients=["exactly-twice"])
    played = list(scores(specs(1, ["healthy"], by_clients=["plain"], behind=["hold"]), Workers()))
    assert made_by(1, played) == (
        "1 runs of 1 races in virtual time, on the same seeds for every pair",
        "gateway-sim tournament --seeds 1 --race healthy --client plain --gateway hold",
    )


@pytest.mark.slow
def test_a_promise_that_only_a_gateway_can_keep_is_not_held_against_a_client(found):
    """Any other promise of the same race is."""
    base = next(score for score in found if score.finished)
    for race, promise in KEPT_BY_GATEWAYS.items():
        assert promise in [one.__name__.replace("_", " ") for one in races.load(race).promises]
        forgiven = dataclasses.replace(base, race=race, verdict="broken", broke=(promise,))
        others = [("no acknowledged step is lost",), (promise, "no acknowledged step is lost")]
        summaries = [pair_summaries([dataclasses.replace(forgiven, broke=b)]) for b in ((promise,), *others)]
        assert [summary.broken_by_gateway for (summary,) in summaries] == [1, 0, 0]


def test_a_gateway_of_the_users_own_plays_no_race_whose_fault_it_cannot_have():
    """Unless the race is named: then the refusal says why."""
    program = GatewayProgram(app="gateway_apps:fixed")
    assert {spec.race for spec in own_specs([program], 1)} == set(races.names()) - OF_OUR_GATEWAY
    for race in OF_OUR_GATEWAY:
        assert {spec.race for spec in own_specs([program], 1, [race])} == {race}


@pytest.mark.slow
@pytest.mark.parametrize("race", sorted(OF_OUR_GATEWAY))
def test_such_a_race_refuses_a_gateway_of_the_users_own(monkeypatch, race):
    """A race that could be played is not left out."""
    monkeypatch.chdir(Path(__file__).parents[1] / "engines" / "guest")
    (spec, *_) = own_specs([GatewayProgram(app="gateway_apps:fixed")], 1, [race])
    with pytest.raises(SettingsRefused, match="is for this project's gateway"):
        list(run_plans([race_plan(spec)]))


def test_every_pair_plays_every_race_on_the_same_seeds_and_both_balancers():
    """Two pairs differ in their policies only."""
    by_pair: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for spec in specs(4, RACES):
        by_pair.setdefault((spec.client, spec.gateway), []).append((spec.race, spec.seed, spec.balance))
    assert len(by_pair) == len(CLIENTS) * len(GATEWAYS)
    first, *others = by_pair.values()
    assert all(other == first for other in others)
    assert {balance for _, _, balance in first} == set(BALANCES)


def test_a_herd_plays_fewer_seeds():
    """It costs as much as many other runs."""
    assert len({spec.seed for spec in specs(32, ["thundering-herd"])}) == 2


@pytest.mark.slow
def test_the_scores_do_not_depend_on_the_number_of_workers(found):
    """Two processes, in whatever order they end, give what one gives."""
    assert list(scores(specs(1, RACES), Workers(2))) == found


def test_the_old_pairs_lose_and_ours_do_not(found):
    """The best pairs of the table finish every run."""
    ranked = pair_summaries(found)
    share = {(s.client, s.gateway): s.share for s in ranked}
    assert share["plain", "not-found"] < 1.0
    assert all(share["exactly-once", gateway] == 1.0 for gateway in {s.gateway for s in ranked})
    assert all(share[client, "leased-generation"] == 1.0 for client in CLIENTS)
    assert ranked[0].front
    assert all(claim.holds for claim in claims(ranked)), claims(ranked)


@pytest.mark.parametrize(
    ("client", "gateway", "change", "word"),
    [
        ("exactly-once", "not-found", {"kept": 0}, "whose job lives"),
        ("plain", "leased-generation", {"pod_kept": 0}, "whose pod lives"),
        ("plain", "leased-generation+", {"pod_kept": 0}, "whose pod lives"),
        ("exactly-once", "hold", {"twice": 1}, "applied twice"),
        ("exactly-once", "route-not-ready", {"peak": 6}, "5 times a second"),
        ("exactly-once", "hold", {"deleted": AfterDeletion(2, 1, 2.1)}, "also where another job takes the name"),
        ("exactly-once", "hold", {"replaced": AfterDeletion(2, 1, None)}, "also where another job takes the name"),
        ("blanket-404", "leased-generation+", {"deleted": AfterDeletion(2, 1, 2.1)}, "says 410"),
        ("plain", "leased-generation", {"deleted": AfterDeletion(2, 1, 2.1)}, "says 404"),
        ("exactly-once", "not-found", {"happy_s": 9.0}, "happy path"),
    ],
)
def test_each_claim_fails_with_its_number(found, client, gateway, change, word):
    """One run that is lost, one step, one request or one tenth of a second too many."""
    ranked = [
        dataclasses.replace(s, **change) if (s.client, s.gateway) == (client, gateway) else s
        for s in pair_summaries(found)
    ]
    fallen = [claim.sentence for claim in claims(ranked) if not claim.holds]
    assert len(fallen) == 1
    assert word in fallen[0]


def test_a_run_that_finished_and_broke_a_promise_is_no_success_of_ours(found):
    """The claim also requires that every promise is kept."""
    spoilt = [
        dataclasses.replace(s, verdict="broken") if (s.race, s.client) == ("healthy", "exactly-once") else s
        for s in found
    ]
    ranked = pair_summaries(spoilt)
    assert [s.finished - s.kept for s in ranked if s.client == "exactly-once"] == [1] * len(GATEWAYS)
    assert "exactly-once finishes" in next(claim.sentence for claim in claims(ranked) if not claim.holds)


def test_a_run_that_met_no_fault_proves_nothing_and_is_counted_beside(found):
    """By chance it asked no stale replica; it counts neither for nor against the claim."""
    calm = [
        dataclasses.replace(s, verdict="not_exercised") if (s.race, s.client) == ("fresh-route", "plain") else s
        for s in found
    ]
    (told,) = (claim for claim in claims(pair_summaries(calm)) if "whose pod lives" in claim.sentence)
    assert told.holds
    assert told.shown == "14 of 14; 2 more met nothing of what their race is about"
    lost = [dataclasses.replace(s, finished=False) if s.verdict == "not_exercised" else s for s in calm]
    assert next(claim for claim in claims(pair_summaries(lost)) if "whose pod lives" in claim.sentence).holds is False


def test_a_client_that_retries_any_404_ends_at_a_410(found):
    """Behind the same gateway with 404 it retries for ninety seconds."""
    told = {s.gateway: s.deleted for s in pair_summaries(found) if s.client == "blanket-404"}
    assert told["leased-generation+"].in_time == 1
    assert told["leased-generation"].in_time == 0
    assert told["leased-generation"].longest_s > 85


def test_a_run_that_hangs_on_a_deleted_job_is_late(found):
    """The time at which its world was stopped does not matter."""
    hung = [
        dataclasses.replace(s, told_s=None, outcome="hung") if (s.race, s.gateway) == ("job-deleted", "hold") else s
        for s in found
    ]
    assert {s.deleted.in_time for s in pair_summaries(hung) if s.gateway == "hold"} == {0}
    assert any(claim.holds is False for claim in claims(pair_summaries(hung)))


def test_a_claim_that_no_run_tested_is_neither_held_nor_refuted(found):
    """Its `holds` is None."""
    deleted = [s for s in found if s.race == "job-deleted"]
    told = {claim.sentence: claim.holds for claim in claims(pair_summaries(deleted))}
    assert [holds for sentence, holds in told.items() if "finishes every run" in sentence] == [None, None]
    assert [holds for sentence, holds in told.items() if "happy path" in sentence] == [None]
    assert all(holds for sentence, holds in told.items() if "of a deletion" in sentence)
    assert all(claim.holds is None for claim in claims([]))


def test_a_pair_that_is_worse_in_all_is_not_on_the_front(found):
    """Copy the best, and make it waste."""
    best = pair_summaries(found)[0]
    worse = [
        dataclasses.replace(s, wasted=s.wasted + 100, requests=s.requests)
        for s in found
        if (s.client, s.gateway) == (best.client, best.gateway)
    ]
    copied = [dataclasses.replace(s, client="wasteful") for s in worse]
    front = {(s.client, s.gateway): s.front for s in pair_summaries([*found, *copied])}
    assert not front["wasteful", best.gateway]


def test_shares_count_each_race_for_each_pair(found):
    """As many entries as cells, and one run in each."""
    counted = shares(found)
    assert len(counted) == len(RACES) * len(CLIENTS) * len(GATEWAYS)
    assert {one["runs"] for one in counted} == {1}


def test_every_page_says_every_claim_and_the_command_that_made_it(found):
    """One file, no address of another."""
    ranked = pair_summaries(found)
    for write in (tournament_page, tournament_markdown):
        page = write(2, [], ranked, claims(ranked), found)
        assert "://" not in page
        assert all(claim.shown in page for claim in claims(ranked))
        assert "gateway-sim tournament --seeds 2 --race fresh-route" in page


@pytest.fixture(scope="module")
def rows():
    """Return the PR's table, measured."""
    return comparison(run_plans([race_plan(spec) for spec in measuring()]))


def test_what_the_pr_got_wrong_is_marked_and_explained(found, rows):
    """And what it got right is not."""
    wrong = [row for row in rows if row.holds is False]
    assert [row.claim for row in wrong] == ["prevented at connect", "retried"]
    for write in (tournament_page, tournament_markdown):
        page = write(2, rows, pair_summaries(found), [], found)
        assert all(row.why in page for row in wrong)
        assert page.count("DOES NOT HOLD") == len(wrong)
    assert all(question.why for question in QUESTIONS)
    assert all(not row.why for row in rows if row.holds)


@pytest.mark.parametrize("width", [100, 160])
def test_the_tables_cut_no_name_in_a_terminal_of(found, width):
    """A name that ends in three dots is another policy's, too; numbers as large as of 200 seeds."""
    large = [
        dataclasses.replace(s, alive=4600, finished=4600, kept=4600, wasted=1234.5, peak=1010)
        for s in pair_summaries(found)
    ]
    out = Console(width=width, file=io.StringIO())
    out.print(tournament_table(large, claims(large)))
    told = out.file.getvalue()
    assert "…" not in told
    assert all(f" {gateway} " in told for gateway in {s.gateway for s in large})
    assert max(map(len, told.splitlines())) <= width


def test_the_command_prints_one_document(capsys, tmp_path):
    """And writes the pages, whose first table is the PR's, as the document's is."""
    page, text = tmp_path / "t.html", tmp_path / "t.md"
    words = ["--seeds", "1", "--race", "healthy", "--jobs", "1", "--json", "--html", str(page), "--markdown", str(text)]
    with pytest.raises(SystemExit) as end:
        main(["tournament", *words])
    told = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert (told["seeds"], told["runs"], told["stopped"]) == (1, len(CLIENTS) * len(GATEWAYS), False)
    assert [row["holds"] for row in told["comparison"]] == [False, True, True, False, True]
    assert page.read_text().index("PR 348") < page.read_text().index("Pareto")
    assert text.read_text().index("PR 348") < text.read_text().index("Pareto")


def test_the_terminals_first_table_is_the_prs(capsys):
    """With the reasons."""
    with pytest.raises(SystemExit):
        main(["tournament", "--seeds", "1", "--race", "healthy", "--jobs", "1"])
    told = capsys.readouterr().out
    assert told.index("DOES NOT HOLD") < told.index("why:") < told.index("all policies on the same seeds")


@pytest.mark.parametrize("option", ["--html", "--markdown"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_played(capsys, tmp_path, option):
    """A folder, and a file in a folder that is not there."""
    for page in (tmp_path, tmp_path / "nowhere" / "t"):
        with pytest.raises(SystemExit) as end:
            main(["tournament", option, str(page)])
        assert end.value.code == 2
    assert "runs on" not in capsys.readouterr().err


def test_a_search_that_is_stopped_tells_what_was_played(capsys, monkeypatch, tmp_path):
    """The scores until then are in the tables, and no page is written of half a tournament."""

    def interrupted(entries, workers, store):
        yield from scores(entries[:5], Workers())
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway_sim.scenarios.compare.tournament.scores", interrupted)
    with pytest.raises(SystemExit) as end:
        main(["tournament", "--seeds", "1", "--race", "healthy", "--json", "--html", str(tmp_path / "t.html")])
    told = json.loads(capsys.readouterr().out)
    assert (end.value.code, told["runs"], told["stopped"]) == (INTERRUPTED, 5, True)
    assert list(tmp_path.iterdir()) == []


def test_a_race_in_which_no_run_can_finish_is_marked(found):
    """A 0 there is no failure of a fix."""
    labels = {row[0] for table in race_tables(found) for row in table.rows}
    assert labels == {f"{race} (its job ends)" if race in ENDED else race for race in RACES}
    assert "job-deleted (its job ends)" in labels
