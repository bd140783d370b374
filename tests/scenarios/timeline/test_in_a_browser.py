"""The timeline as a person opens it: a file, no network, a pointer, a phone, a dark room, five thousand events."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect


def written(path: Path, *words: str) -> Path:
    """Let the command write a timeline; in a process of its own, for the browser's driver has this one's loop."""
    command = [sys.executable, "-m", "scenarios", "run", "incident-344", *words, "--html", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert path.exists(), ended.stderr
    return path


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the incident under today's gateway beside leased-generation."""
    return written(tmp_path_factory.mktemp("timeline") / "incident.html", "--against", "leased-generation")


def opened(browser: Browser, path: Path, **how: object) -> Page:
    """Open a file in a new window that may not use the network."""
    context = browser.new_context(offline=True, **how)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def test_it_opens_without_a_network_and_asks_for_nothing(browser: Browser, incident: Path) -> None:
    """One file is all that is read; both runs are told in words beside their pictures."""
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(incident.as_uri())
    runs = page.locator("#panels .run")
    expect(runs).to_have_count(2)
    expect(runs.first).to_contain_text("✗ a promise broken: crashed")
    expect(runs.first).to_contain_text("✗ broken: the run finishes")
    expect(runs.last).to_contain_text("✓ every promise kept: completed")
    assert asked == [incident.as_uri()]
    context.close()


def test_pointing_at_an_event_says_what_it_is(browser: Browser, incident: Path) -> None:
    """The pointer goes along a replica's lane until the tip tells what the replica believed."""
    page = opened(browser, incident, viewport={"width": 1200, "height": 900})
    canvas = page.locator("#panels canvas").first
    box = canvas.bounding_box()
    assert box is not None
    told = set()
    for right in range(10, 100, 3):
        for down in range(20, 100, 8):
            page.mouse.move(box["x"] + box["width"] * right / 100, box["y"] + box["height"] * down / 100)
            told.add(page.locator("#tip").inner_text())
    whole = "\n".join(told)
    assert "gen 1 ready" in whole
    assert re.search(r"404", whole)
    page.context.close()


def test_the_line_to_play_it_again_is_there_to_copy(browser: Browser, incident: Path) -> None:
    """For each of the two runs, its own."""
    page = opened(browser, incident)
    lines = page.locator("#panels .run pre, #panels .run code").all_inner_texts()
    assert any("--gateway not-found" in line for line in lines)
    assert any("--gateway leased-generation" in line for line in lines)
    page.context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(browser: Browser, incident: Path, dark: bool) -> None:
    """Nothing sticks out to the side, in light and in dark."""
    page = opened(browser, incident, viewport={"width": 390, "height": 800}, color_scheme="dark" if dark else "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.removeprefix("rgb(").rstrip(")").split(","))) < 200) is dark
    page.context.close()


def test_seven_thousand_events_are_drawn_and_zoomed(browser: Browser, tmp_path: Path) -> None:
    """A poller that spins for four seconds: the picture is there, and closer it is another one."""
    spun = written(tmp_path / "spun.html", "--gateway", "route-not-ready", "--set", "fault_s=4")
    page = opened(browser, spun, viewport={"width": 1200, "height": 900})
    events = re.search(r"([\d,]+) events", page.locator("#panels .run").inner_text())
    assert events
    assert int(events[1].replace(",", "")) > 5_000
    canvas = page.locator("#panels canvas")
    whole = canvas.screenshot()
    page.locator("[data-zoom=in]").click()
    assert canvas.screenshot() != whole
    page.locator("[data-zoom=fit]").click()
    page.mouse.move(0, 0)
    assert canvas.screenshot() == whole
    page.context.close()
