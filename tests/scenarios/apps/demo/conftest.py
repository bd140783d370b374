"""The demo as a person starts it: a process of its own, ended by a signal."""

import json
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.scenarios.apps.serving import serving

DEMO = [sys.executable, "-m", "gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json"]


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """Serve the demo; a termination ends it well, whatever is being played, and its port is free again."""
    with serving(DEMO) as line:
        url = json.loads(line)["page"]
        yield url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.fixture
def page(browser: Browser, page_url: str) -> Iterator[Page]:
    """Open the demo on a wide screen; what its scripts throw, and what its policy refuses, fails the test."""
    opened, thrown = browser.new_page(viewport={"width": 1400, "height": 900}), []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.on("console", lambda said: thrown.append(said.text) if "Content Security Policy" in said.text else None)
    opened.goto(page_url)
    yield opened
    opened.close()
    assert thrown == []


def begin(page: Page) -> str:
    """Press the button; return the address that the timeline of this duel will have.

    An earlier duel of the same choice is shown until the server answers, with its own address.
    """

    def begun(answer: Response) -> bool:
        return answer.request.method == "POST" and answer.url.endswith("/duels")

    with page.expect_response(begun) as answered:
        page.locator("#play").click()
    return f"/duels/{answered.value.json()['duel']}/timeline.html"


def play(page: Page) -> str:
    """Press the button and wait for the end of the duel; return the address of its timeline."""
    timeline = begin(page)
    expect(page.locator(f"#keep[href='{timeline}']")).to_be_visible()
    return timeline
