"""A person's first minutes with the demo, in a real browser: one button, a crash, another gateway, no crash."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway_sim.scenarios.run.matrix import CLIENTS, GATEWAYS
from tests.scenarios.apps.demo.conftest import play

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).parents[4] / "build" / "pictures"
"""Where the screenshots are kept; docs/pictures has the one of the day that the page last changed."""


def played_cards(page: Page) -> tuple[str, str]:
    """Play the choice to its end; return the words on the two cards."""
    play(page)
    return page.locator("#side-0").inner_text(), page.locator("#side-1").inner_text()


def test_the_incident_crashes_today_and_holds_once_the_gateway_is_switched(page: Page) -> None:
    """The crash of PR 344 beside the proposed 503; then the same run under another gateway on today's side."""
    expect(page.locator("#play")).to_have_text("Play the incident")
    expect(page.locator("#answers article").first).to_contain_text("HTTP/1.1 404 Not Found")
    expect(page.locator("#answers article").last).to_contain_text("HTTP/1.1 503 Service Unavailable")

    today, proposed = played_cards(page)
    assert "✗ crashed: ValueError" in today
    assert "broken promise: “the run finishes”" in today
    assert "answered 404" in today
    assert "route-not-ready+" in proposed
    assert "✓ completed" in proposed
    expect(page.locator("#panels .run")).to_have_count(2)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "demo.png", full_page=True, clip={"x": 0, "y": 0, "width": 1400, "height": 1500})

    page.get_by_text("change the world").click()
    page.get_by_label("gateway today").select_option("leased-generation")
    today, _ = played_cards(page)
    assert "✓ completed" in today
    expect(page.locator("#panels .run").first).to_contain_text("the gateway reads the table")


def test_a_run_is_seen_while_it_goes_on_by_a_second_page(page: Page, browser: Browser, page_url: str) -> None:
    """Events come in before the end; a second window joins; a run can be stopped."""
    page.locator("#play").click()
    expect(page.locator("#side-0 .state")).to_contain_text("running")
    expect(page.locator("#panels .chip").first).to_have_text("● running")
    other = browser.new_page()
    other.goto(page_url)
    expect(other.locator("#side-0 .state")).to_contain_text("running")
    other.locator("#play").click()
    expect(page.locator("#refused")).to_have_text("stopped")
    expect(page.locator("#play")).to_have_text("Play the incident")
    other.close()


def test_a_world_that_cannot_be_is_refused_on_the_page(page: Page) -> None:
    """In the sentence of the command line; the button is there to try again."""
    page.get_by_text("change the world").click()
    page.get_by_label("of these stale").fill("9")
    page.locator("#play").click()
    expect(page.locator("#refused")).to_have_text("stale is 9, but there are only 3 replicas")
    page.get_by_text("back to the incident").click()
    expect(page.get_by_label("of these stale")).to_have_value("0")


def test_a_races_table_is_played_when_asked_for(page: Page) -> None:
    """Every client against every gateway; another race empties it."""
    page.get_by_text("seed of each").click()
    expect(page.locator("#table td").first).to_have_text("0/1")
    whole = f"{len(CLIENTS) * len(GATEWAYS)}"
    expect(page.locator("#filled")).to_have_text(f"{whole} of {whole} runs")
    colours = {
        tone: page.locator(f"#table td.{tone}").first.evaluate("cell => getComputedStyle(cell).backgroundColor")
        for tone in ("good", "held", "bad")
    }
    assert len({*colours.values(), "rgba(0, 0, 0, 0)"}) == 4
    expect(page.get_by_role("rowheader", name="not-found")).to_be_visible()
    page.get_by_text("change the world").click()
    page.get_by_label("race").select_option("job-deleted")
    expect(page.locator("#table")).to_be_hidden()
    expect(page.locator("#play")).to_have_text("Play job-deleted")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(browser: Browser, page_url: str, dark: bool) -> None:
    """Nothing sticks out to the side, in light and in dark."""
    phone = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark" if dark else "light")
    phone.goto(page_url)
    phone.get_by_text("change the world").click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    paper = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.removeprefix("rgb(").rstrip(")").split(","))) < 200) is dark
    phone.close()


def test_the_proposal_is_loaded_into_its_page(page: Page, page_url: str) -> None:
    """By the page's own script, under its policy."""
    page.goto(f"{page_url}/proposal")
    expect(page.locator("#text table").first).to_be_visible()
