"""`gateway-sim mutants` as people and CI use it."""

import json

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.search.mutations import Guard


def call(*words):
    """Run the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["mutants", *words])
    return ended.value.code


def test_it_says_which_promise_caught_which_part(capsys):
    """A line for each race that must notice."""
    assert call("route-not-ready-says-404") == 0
    told = capsys.readouterr().out
    assert "gateway policy route-not-ready" in told
    assert "the run finishes" in told
    assert "2 of 2 caught" in told


def test_a_mutant_that_survives_fails_it(capsys, monkeypatch):
    """In words and by the exit status."""
    from gateway_sim.scenarios.search.mutations import errors_swallowed

    monkeypatch.setattr(errors_swallowed, "break_it", lambda put: None)
    assert call("errors-swallowed") == 1
    assert "SURVIVED: kept whole, kept broken" in capsys.readouterr().out


def test_json_is_one_document(capsys, monkeypatch):
    """With what a report needs; a race that was not kept in the first place is no catch either."""
    from gateway_sim.scenarios.search.mutations import errors_swallowed

    lost = Guard("mid-training-flap", "plain", "not-found", "the run finishes")
    monkeypatch.setattr(errors_swallowed, "guards", [lost])
    assert call("errors-swallowed", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    (trial,) = document["trials"]
    assert document["survived"] == 1
    assert (trial["whole"], trial["caught"]) == ("broken", False)


def test_a_wrong_word_is_answered_with_the_nearest(capsys):
    """And nothing is played."""
    assert call("errors-swalowed") == 2
    assert "did you mean errors-swallowed?" in capsys.readouterr().err


def test_a_mutation_of_a_story_names_the_story_and_its_seeds(capsys):
    """It has no client and no gateway; its settings have the variant."""
    assert call("limit-admits-every-holder", "--json") == 0
    trials = json.loads(capsys.readouterr().out)["trials"]
    assert [(trial["race"], trial["client"], trial["seed"], trial["caught"]) for trial in trials] == [
        ("backfill-starvation", "-", 0, True),
        ("backfill-starvation", "-", 1, True),
    ]
    assert trials[0]["settings"] == {"variant": "fixed"}
