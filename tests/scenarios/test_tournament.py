"""The tournament: the same seeds for all, the same scores for any number of workers, and claims that can fail."""

from __future__ import annotations

import dataclasses
import json

import pytest

from scenarios import words
from scenarios.claims import claims
from scenarios.cli import main
from scenarios.reports.tournament_page import tournament_page
from scenarios.tournament import CLIENTS, GATEWAYS, Score, document, scores, shares, specs, standings

RACES = ("fresh-route", "job-deleted", "healthy")


@pytest.fixture(scope="module")
def found() -> list[Score]:
    """Return the scores of three races on two seeds."""
    return list(scores(specs(2, RACES), 1))


def test_every_pair_plays_every_race_on_the_same_seeds_and_both_balancers():
    """Whatever differs between two pairs is their doing."""
    by_pair: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for spec, gateway in specs(4, RACES):
        by_pair.setdefault((spec.client, gateway), []).append((spec.race, spec.seed, spec.balance))
    assert len(by_pair) == len(CLIENTS) * len(GATEWAYS)
    first, *others = by_pair.values()
    assert all(other == first for other in others)
    assert {balance for _, _, balance in first} == set(words.BALANCES)


def test_a_herd_plays_fewer_seeds():
    """It costs as much as many others."""
    assert len({spec.seed for spec, _ in specs(16, ["thundering-herd"])}) == 2


def test_the_scores_do_not_depend_on_the_number_of_workers(found):
    """Two processes, in whatever order they end, give what one gives."""
    assert list(scores(specs(2, RACES), 2)) == found


def test_the_old_pairs_lose_and_ours_do_not(found):
    """The table's first and last lines."""
    ranked = standings(found)
    share = {(s.client, s.gateway): s.share for s in ranked}
    assert share["plain", "not-found"] < 1.0
    assert all(share["exactly-once", gateway] == 1.0 for gateway in {s.gateway for s in ranked})
    assert all(share[client, "leased-generation"] == 1.0 for client in CLIENTS)
    assert ranked[0].front
    assert all(claim.holds for claim in claims(ranked)), claims(ranked)


@pytest.mark.parametrize(
    ("client", "gateway", "change", "word"),
    [
        ("exactly-once", "not-found", {"finished": 0}, "whose job lives"),
        ("plain", "leased-generation", {"pod_finished": 0}, "whose pod lives"),
        ("exactly-once", "hold", {"twice": 1}, "applied twice"),
        ("exactly-once", "route-not-ready", {"peak": 6}, "5 times a second"),
        ("plain", "leased-generation", {"told_s": 2.1}, "within 2 s"),
        ("exactly-once", "not-found", {"happy_s": 9.0}, "happy path"),
    ],
)
def test_each_claim_falls_with_the_number_it_stands_on(found, client, gateway, change, word):
    """One run that is lost, one step, one request or one tenth of a second too many."""
    ranked = [
        dataclasses.replace(s, **change) if (s.client, s.gateway) == (client, gateway) else s for s in standings(found)
    ]
    fallen = [claim.sentence for claim in claims(ranked) if not claim.holds]
    assert len(fallen) == 1
    assert word in fallen[0]


def test_a_pair_that_is_worse_in_all_is_not_on_the_front(found):
    """Copy the best, and make it waste."""
    best = standings(found)[0]
    worse = [
        dataclasses.replace(s, wasted=s.wasted + 100, requests=s.requests)
        for s in found
        if (s.client, s.gateway) == (best.client, best.gateway)
    ]
    copied = [dataclasses.replace(s, client="wasteful") for s in worse]
    front = {(s.client, s.gateway): s.front for s in standings([*found, *copied])}
    assert not front["wasteful", best.gateway]


def test_shares_count_each_race_for_each_pair(found):
    """As many entries as cells, and two runs in each."""
    counted = shares(found)
    assert len(counted) == len(RACES) * len(CLIENTS) * len(GATEWAYS)
    assert {one["runs"] for one in counted} == {2}


def test_the_page_needs_nothing_else_and_says_every_claim(found):
    """One file, no address of another."""
    ranked = standings(found)
    page = tournament_page(2, [], ranked, claims(ranked), found)
    assert "http" not in page
    assert all(claim.shown in page for claim in claims(ranked))


def test_the_command_prints_one_document(capsys, tmp_path):
    """And writes the page, whose first table is the PR's."""
    page = tmp_path / "t.html"
    with pytest.raises(SystemExit) as end:
        main(["tournament", "--seeds", "1", "--race", "healthy", "--jobs", "1", "--json", "--html", str(page)])
    told = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert (told["seeds"], told["runs"]) == (1, len(CLIENTS) * len(GATEWAYS))
    assert page.read_text().index("PR 348") < page.read_text().index("Pareto")
    assert set(told) == set(document(1, []))
