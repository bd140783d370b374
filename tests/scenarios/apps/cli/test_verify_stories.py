"""`gateway-sim verify STORY`: the story in its variants, with parts of the user's own."""

import json
import re

import pytest

from gateway_sim.scenarios.apps import library
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.verification import to_verify
from gateway_sim.scenarios.orchestration.parts import PartRefused
from gateway_sim.scenarios.orchestration.ports import registry
from gateway_sim.scenarios.run import matrix
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from tests.scenarios.orchestration.parts.lax_registry import PART


def test_a_story_is_verified_by_its_name_in_its_variants(capsys):
    """As it is among all: broken, half-fixed and fixed, in their table; there is no table of races."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", "promotion-race", "--jobs", "1"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert re.search(r"promotion-race ✗ \d+ ✗ \d+ +✓ 0 +seconds of drift", out)
    assert "All 3 runs" in out
    assert "client" not in out.partition("All 3 runs")[0]


@pytest.mark.slow
def test_with_a_part_the_fixed_variant_must_be_kept(capsys):
    """The others may be either: what they omit may be what the part has."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", "promotion-race", "--part", f"registry={PART}", "--jobs", "1", "--json"])
    found = json.loads(capsys.readouterr().out)["runs"]
    assert ended.value.code == 1
    assert [(run["settings"]["variant"], run["verdict"], run["expected"]) for run in found] == [
        ("broken", "broken", "either"),
        ("half-fixed", "broken", "either"),
        ("fixed", "broken", "kept"),
    ]


def test_the_library_verifies_with_a_part_too():
    """A part that holds."""
    found = library.verify("promotion-race", parts={"registry": f"{registry.__name__}:own"}, jobs=1)
    assert found.held
    assert [run.expected for run in found.results] == ["either", "either", "kept"]


def test_stories_and_races_may_be_named_together():
    """Each once, the races first; all seeds of both."""
    found = to_verify(["promotion-race", "fresh-route", "promotion-race"], seeds=2)
    staged = [spec for spec in found if spec.race == "promotion-race"]
    assert len(staged) == 6
    assert len(found) - 6 == len(list(matrix.specs(2, chosen=["fresh-route"])))


def test_a_part_without_a_name_is_put_into_every_story_that_takes_it():
    """And each story gets the parts that it takes."""
    own = {"limit": "gateway_sim.scenarios.orchestration.ports.limit:own", "registry": f"{registry.__name__}:own"}
    found = to_verify(parts=own)
    assert {(spec.race, *spec.parts) for spec in found} >= {
        ("promotion-race", "registry"),
        ("dead-holder", "limit"),
        ("backfill-starvation", "limit"),
    }
    assert all(spec.parts and len(spec.parts) == 1 for spec in found)


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"chosen": ["fresh-route"], "parts": {"registry": "x"}}, SettingsRefused, "fresh-route is a race; --part"),
        ({"clients": ["plain"], "parts": {"registry": "x"}}, SettingsRefused, "a policy or an SDK is of races"),
        ({"chosen": ["promotion-race"], "clients": ["plain"]}, SettingsRefused, "has no gateway in it"),
        ({"chosen": ["promotion-race"], "parts": {"limit": "x"}}, PartRefused, "it takes registry"),
        ({"chosen": ["cleared-run"], "parts": {"limit": "x"}}, PartRefused, "it takes no part of yours"),
        ({"parts": {"limits": "x"}}, UnknownWord, "no port is called 'limits'; did you mean limit?"),
        ({"parts": {"registry": "no.such:part"}}, PartRefused, "ModuleNotFoundError"),
        ({"chosen": ["promotion-rac"]}, UnknownWord, "did you mean promotion-race?"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(words, error, says):
    """The message says what does."""
    with pytest.raises(error) as refused:
        to_verify(**words)
    assert says in str(refused.value)
