"""The page's server, as the page speaks to it: pick, watch, stop; and what it refuses."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from gateway_sim.scenarios.apps.demo.choices import choices
from gateway_sim.scenarios.races import names
from gateway_sim.scenarios.run.matrix import BY_NAME_ONLY
from gateway_sim.scenarios.world.policies import gateway_policies


def post(page_url: str, **pick: Any) -> httpx.Response:
    """Ask for a duel."""
    return httpx.post(f"{page_url}/duels", json=pick)


def events(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is told, until it is over."""
    with httpx.stream("GET", url, timeout=120) as answer:
        kind = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                told = json.loads(value)
            elif not line and kind:
                yield kind, told
                if kind == "over":
                    return


@pytest.mark.slow
def test_a_duel_is_told_as_it_goes_on_and_once_more_at_its_end(page_url: str) -> None:
    """Both sides on one axis, without a verdict until they have one; then the timeline can be kept."""
    number = post(page_url, race="healthy", settings={"steps": "1"}).json()["duel"]
    assert httpx.get(f"{page_url}/duels/{number}/timeline.html").status_code == 404
    told = list(events(f"{page_url}/duels/{number}/events"))
    assert [kind for kind, _ in told] == ["so-far"] * (len(told) - 1) + ["over"]
    grown = [sum(run["events"] for run in state["runs"]) for _, state in told if "runs" in state]
    clock = [state["lasted_s"] for _, state in told]
    assert clock == sorted(clock)
    assert all(after_s - before_s < 5.0 for before_s, after_s in pairwise(clock)), "a page would take it for gone"
    assert len(grown) > 2
    assert grown == sorted(grown)
    assert {run["verdict"] for run in told[0][1]["runs"]} == {None}
    ended = told[-1][1]
    assert [(run["gateway"], run["verdict"]) for run in ended["runs"]] == [
        ("not-found", "kept"),
        ("route-not-ready", "kept"),
    ]
    kept = httpx.get(f"{page_url}/duels/{number}/timeline.html")
    assert (kept.status_code, kept.headers["content-disposition"]) == (200, "attachment; filename=timeline.html")
    assert kept.text.count("every promise kept") == 1
    first = httpx.get(f"{page_url}/duels").json()["duels"][0]
    assert (first["duel"], first["over"], first["pick"]["race"]) == (number, True, "healthy")
    assert [kind for kind, _ in events(f"{page_url}/duels/{number}/events")] == ["over"]


@pytest.mark.slow
def test_one_duel_at_a_time_and_it_can_be_stopped(page_url: str) -> None:
    """The second is refused while the first is on; a page that is opened meanwhile shows the first."""
    number = post(page_url).json()["duel"]
    refused = post(page_url)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:gateway-sim:already-playing")
    assert httpx.get(f"{page_url}/duels").json()["playing"] == number
    assert f'"playing":{number}' in httpx.get(page_url).text
    assert httpx.delete(f"{page_url}/duels/{number}").json() == {"status": "stopped"}
    assert '"playing":null' in httpx.get(page_url).text
    assert list(events(f"{page_url}/duels/{number}/events"))[-1][1]["error"] == "stopped"


@pytest.mark.parametrize(
    ("pick", "sentence"),
    [
        ({"race": "incident-34"}, "did you mean incident-344?"),
        ({"today": "not-fond"}, "did you mean not-found?"),
        ({"client": "plane"}, "did you mean plain?"),
        ({"settings": {"lag": "3"}}, "did you mean lag_s?"),
        ({"settings": {"stale": "9"}}, "stale is 9, but there are only 3 replicas"),
    ],
)
def test_a_pick_that_is_off_is_refused_with_the_nearest_right_word(
    page_url: str, pick: dict[str, Any], sentence: str
) -> None:
    """400 with the sentence that the command line would say, and nothing is played."""
    refused = post(page_url, **pick)
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert sentence in refused.json()["detail"]
    assert '"playing":null' in httpx.get(page_url).text


def test_a_pick_with_a_field_that_nobody_knows_is_refused(page_url: str) -> None:
    """By its name, in the form of every other refusal."""
    refused = post(page_url, rase="healthy")
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert refused.json()["detail"] == "rase is unknown here: leave it out, or correct its name"


@pytest.mark.parametrize("body", [b"{race", b"[1]"])
def test_a_pick_that_is_no_object_is_refused(page_url: str, body: bytes) -> None:
    """In the same form."""
    refused = httpx.post(f"{page_url}/duels", content=body, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert "the body" in refused.json()["detail"]


@pytest.mark.slow
def test_a_duel_says_how_long_it_takes_before_it_begins(page_url: str) -> None:
    """Each side; a deleted job behind a 503 takes the five minutes of the SDK's patience."""
    pick = {"race": "job-deleted", "today": "route-not-ready+", "proposed": "tell-gone-from-stale"}
    told = httpx.post(f"{page_url}/estimates", json=pick, timeout=60).json()
    left_s, right_s = told["sides_s"]
    assert 270 < left_s < 330
    assert right_s < 10
    assert told["duel_s"] == left_s
    refused = httpx.post(f"{page_url}/estimates", json={"race": "job-delete"})
    assert (refused.status_code, "did you mean job-deleted?" in refused.json()["detail"]) == (400, True)


@pytest.mark.slow
def test_a_world_of_many_steps_is_estimated_without_playing_them_all(page_url: str) -> None:
    """They would keep the one process of the table and of the proposal busy for an hour; a step takes 0.25 s."""
    pick = {"race": "healthy", "settings": {"steps": "100000"}}
    told = httpx.post(f"{page_url}/estimates", json=pick, timeout=90).json()
    assert 24_000 < told["duel_s"] < 30_000


@pytest.mark.slow
def test_the_table_fills_to_the_last_run(page_url: str) -> None:
    """A row a gateway, a cell a client: today's gateway loses what this project's client does not."""
    *_, (kind, whole) = events(f"{page_url}/races/fresh-route/table")
    assert (kind, whole["played"]) == ("over", whole["runs"])
    rows = {row["gateway"]: [cell["tone"] for cell in row["cells"]] for row in whole["rows"]}
    assert rows["not-found"] == ["bad", "bad", "bad", "good"]
    assert set(rows["leased-generation"]) == {"good"}


def test_what_is_not_there_is_said(page_url: str) -> None:
    """A race, a gateway, a run that are not there: a sentence each."""
    assert list(events(f"{page_url}/races/fresh-rout/table"))[-1][1]["error"].endswith("did you mean fresh-route?")
    assert httpx.get(f"{page_url}/gateways/hold-on/answers").status_code == 404
    assert list(events(f"{page_url}/duels/99/events"))[-1][1]["error"] == "the server does not have this run any more"


def test_everything_that_can_be_picked_is_offered() -> None:
    """All races, and every gateway policy of the tables."""
    offered = choices()
    assert [race["name"] for race in offered["races"]] == list(names())
    assert {gateway["name"].rstrip("+") for gateway in offered["gateways"]} == set(gateway_policies()) - BY_NAME_ONLY


@pytest.mark.slow
def test_the_proposal_is_written_from_runs_made_now(page_url: str) -> None:
    """The page is there at once, its text with the table of SDKs when the runs are done."""
    assert "runs are being made for this page" in httpx.get(f"{page_url}/proposal").text
    text = httpx.get(f"{page_url}/proposal/text", timeout=120).text
    assert text.count("<table>") >= 3
    assert "tinker-0.38" in text
