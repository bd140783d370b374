"""A failing world is shrunk, still fails, and is written to two files that play it."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from gateway_sim.scenarios.run.matrix import specs_of
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search.explore.acts import Act
from gateway_sim.scenarios.search.explore.as_race import as_race
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.race_file import race_file
from gateway_sim.scenarios.search.explore.replay_file import ReplayRefused, read_replay, replay_of, write_replay
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.shrink import shrink
from gateway_sim.scenarios.search.explore.shrinkers import LEAST, WAYS, smaller
from gateway_sim.scenarios.sim.errors import UnknownWord
from gateway_sim.scenarios.sim.plugins import VARIABLE, add_folder
from gateway_sim.scenarios.world.settings import Settings

TODAY = SearchConfig(client="warmup-verified")
CROWDED = GeneratedCase(
    5,
    None,
    "per-request",
    Settings(replicas=3, stale=1, law="uniform", lag_s=0.5, order="random", steps=2, batch=2, length=8, start_s=5.0),
    (
        Act("slow-control-plane", 0, 0.0, for_s=10.0, by_s=0.5),
        Act("stale-route", 1, 0.02, for_s=15.0),
        Act("preempt", 1, 0.1),
        Act("late-delete", 1, 0.3),
    ),
)


@pytest.fixture(scope="module")
def shrunk():
    """A crowded world under the fix of PR 348, shrunk."""
    found = shrink(TODAY, CROWDED)
    assert found is not None
    return found


def test_the_smallest_world_breaks_the_same_promise_with_one_fault(shrunk):
    """Each of its parts is needed: in no way is it smaller and still broken."""
    assert shrunk.promise == "the run finishes"
    assert shrunk.promise in {broken.promise for broken in shrunk.result.violations}
    assert len(shrunk.world.acts) + bool(shrunk.world.settings.stale) == 1
    assert shrunk.plays < 150
    for way in WAYS:
        for one in smaller(way, shrunk.world):
            assert shrunk.promise not in {broken.promise for broken in play_world(TODAY, one).violations}, one


def test_a_world_that_breaks_nothing_is_not_made_small():
    """There is no promise to break."""
    assert shrink(SearchConfig(client="exactly-once"), GeneratedCase(0, None, "per-request", Settings(steps=1))) is None


def test_every_way_leads_to_smaller_worlds_only_and_comes_to_an_end():
    """From any drawn world, and none of them contradicts itself."""
    best = SearchConfig(client="exactly-once", gateway="leased-generation")
    for seed in range(30):
        world = best.world(seed)
        for way in WAYS:
            for one in smaller(way, world):
                assert _size(one) < _size(world), (way.__name__, one)


def _size(world):
    counts = [getattr(world.settings, name) for name in LEAST]
    figures = [(act.after_step, act.delay_s, act.for_s, act.by_s) for act in world.acts]
    seconds = sum(value for value in world.changes().values() if isinstance(value, float))
    others = len([name for name in world.changes() if name not in LEAST])
    chance = (world.balance != "per-connection", world.seed)
    return (len(world.acts), sum(counts), others, seconds, sorted(map(sum, figures)), chance)


@pytest.fixture
def saved(shrunk, tmp_path):
    """The replay file of the shrunk world."""
    path = tmp_path / "one.json"
    write_replay(path, replay_of(TODAY, shrunk.world, shrunk.result))
    return path


def test_a_replay_file_plays_the_same_world_to_the_same_digest(shrunk, saved):
    """The file holds the complete world."""
    replay = read_replay(saved)
    assert replay.world == shrunk.world
    assert replay.agrees(play_world(replay.search, replay.world))
    assert not replace(replay, digest="0" * 16).agrees(shrunk.result)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[: len(text) // 2], "is cut short: it ends after"),
        (lambda text: text[: text.index("}") + 1], "is cut short: it ends after"),
        (lambda text: text[: text.index("tinker")], "is cut short: it ends after"),
        (lambda text: text.replace(":", "", 1), "was edited .* or is no replay file: it is not JSON"),
        (lambda text: "", "is cut short: it is empty"),
        (lambda text: text.replace('"warmup-verified"', '"exactly-once"'), "was edited"),
        (lambda text: text.replace('"version": 1', '"version": 9'), "is of version 9, and this gateway-sim plays"),
        (lambda text: text.replace("{", "[", 1), "was edited .* or is no replay file: it is not JSON"),
        (lambda text: '{"runs": []}', "is no replay file of gateway-sim"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused_in_one_line(saved, spoil, words):
    """The message says which of the three it is."""
    saved.write_text(spoil(saved.read_text()))
    with pytest.raises(ReplayRefused, match=words) as refused:
        read_replay(saved)
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_read_are_refused_too(tmp_path):
    """One that is not there, and one that is not text."""
    with pytest.raises(ReplayRefused, match="cannot be read: No such file"):
        read_replay(tmp_path / "nowhere.json")
    (tmp_path / "pod.pt").write_bytes(b"\x80\x02\xff")
    with pytest.raises(ReplayRefused, match="it is not text"):
        read_replay(tmp_path / "pod.pt")


def test_a_policy_that_this_release_does_not_know_is_named(shrunk, tmp_path):
    """The message offers the nearest name."""
    path = tmp_path / "one.json"
    write_replay(path, replay_of(replace(TODAY, client="exactly-onze"), shrunk.world, shrunk.result))
    with pytest.raises(UnknownWord, match="did you mean exactly-once"):
        read_replay(path)


GONE_LATE = GeneratedCase(0, "job-deleted", "per-connection", Settings(start_s=1.0))
LUCKY = replace(SearchConfig("fresh-route").world(0), seed=2, acts=(), balance="per-connection", settings=Settings(
    replicas=1, stale=1, law="simpledb-step", lag_s=4.0, steps=1, batch=1, length=2))  # fmt: skip
TUNED = SearchConfig(
    client="warmup-verified", gateway="route-not-ready", sdk="tinker-0.18", settings={"retry_after_s": "1"}
)
PREEMPTED = GeneratedCase(0, None, "per-request", Settings(steps=2, batch=1, length=2), (Act("preempt", 1),))
WORLDS = {
    "drawn": (TODAY, None, "broken"),
    "with promises of its own": (SearchConfig("job-deleted", client="blanket-404"), GONE_LATE, "broken"),
    "of one seed": (SearchConfig("fresh-route", client="warmup-verified"), LUCKY, "either"),
    "of a policy's setting, an SDK and a balancer": (TUNED, PREEMPTED, "broken"),
}


@pytest.fixture
def pasted(tmp_path, monkeypatch):
    """Give a function that adds a race's source to the folder of races."""
    monkeypatch.setenv(VARIABLE, "")

    def paste(source):
        path = tmp_path / "races" / "found_race.py"
        path.parent.mkdir()
        path.write_text(source)
        add_folder(tmp_path)
        return path

    return paste


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "drawn" else pytest.mark.slow) for name in WORLDS]
)
def test_the_race_file_is_a_race_of_the_house_that_verify_agrees_with(name, shrunk, pasted):
    """It passes the linter as it is, fits on a screen, breaks as it says, and turns no verification red."""
    search, world, expected = WORLDS[name]
    world = world or shrunk.world
    result = play_world(search, world)
    told = as_race(search, world, result)
    assert told.expected == expected
    path = pasted(race_file(search, world, result, told))
    assert len(path.read_text().splitlines()) < 70
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", "pyproject.toml", str(path)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + path.read_text()
    asked = RunSpec("found-race", search.client, search.gateway, search.sdk, world.balance, settings=search.policies)
    again = run(replace(asked, seed=world.seed))
    assert (again.verdict, again.expected) == ("broken", expected)
    assert [v.promise for v in again.violations] == [v.promise for v in result.violations]
    assert len(again.trace.entries) == len(result.trace.entries)
    by_default = [asked, *specs_of("found-race", 2)]
    assert [played.replay for played in map(run, by_default) if not played.as_expected] == []


def test_the_replay_document_is_json_that_people_can_read(saved):
    """Settings by name, acts by verb."""
    told = json.loads(saved.read_text())
    assert told["version"] == 1
    assert set(told) == {"schema", "kind", "version", "players", "world", "expected", "checksum"}
