"""The demo before an audience: links, reloads, a second window, a server that dies, and the acts by keys."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.scenarios.apps.demo.conftest import DEMO, begin, play

pytestmark = pytest.mark.slow
QUICK = "?race=healthy&steps=1&proposed=hold"
PICTURES = Path(__file__).parents[4] / "build" / "pictures"


def test_a_choice_is_in_the_address_and_comes_back(page: Page, page_url: str) -> None:
    """By a link, by the back button and by a reload; what was played of it is shown again."""
    page.goto(f"{page_url}/{QUICK}")
    page.get_by_text("change the world").click()
    expect(page.locator("select[name=race]")).to_have_value("healthy")
    expect(page.get_by_label("gateway proposed")).to_have_value("hold")
    play(page)
    page.reload()
    expect(page.locator("#side-1 .state")).to_have_text("✓ completed")
    expect(page.locator("#panels .run")).to_have_count(2)
    page.get_by_text("change the world").click()
    page.get_by_label("gateway proposed").select_option("leased-generation")
    expect(page).to_have_url(re.compile("proposed=leased-generation"))
    expect(page.locator("#side-1 .state")).to_have_text("not played yet")
    page.go_back()
    expect(page.get_by_label("gateway proposed")).to_have_value("hold")
    expect(page.locator("#side-1 .state")).to_have_text("✓ completed")


def test_a_link_that_names_what_is_not_there_is_said(page: Page, page_url: str) -> None:
    """And the default is shown."""
    page.goto(f"{page_url}/?race=helthy")
    expect(page.locator("#refused")).to_contain_text("does not know race=helthy")
    expect(page.locator("#play")).to_have_text("Play the incident")


def test_the_pictures_stand_side_by_side_on_one_axis(page: Page, page_url: str) -> None:
    """At 1400 px; below each other where there is no room for both."""
    page.goto(f"{page_url}/{QUICK}")
    play(page)
    left, right = (box.bounding_box() for box in page.locator("#panels canvas").all())
    assert left is not None
    assert right is not None
    assert (left["y"], round(left["width"])) == (right["y"], round(right["width"]))
    assert left["x"] + left["width"] <= right["x"]
    page.set_viewport_size({"width": 900, "height": 900})
    left, right = (box.bounding_box() for box in page.locator("#panels canvas").all())
    assert left is not None
    assert right is not None
    assert left["y"] + left["height"] <= right["y"]


def test_a_duel_begun_while_the_list_of_duels_is_on_its_way_is_the_one_shown(page: Page, page_url: str) -> None:
    """The list names an earlier duel of the same choice, and arrives after the new one began."""
    page.goto(f"{page_url}/{QUICK}")
    earlier = play(page)
    late: list[tuple[Route, APIResponse]] = []

    def keep_back(route: Route) -> None:
        if route.request.method == "GET":
            late.append((route, route.fetch()))
        else:
            route.continue_()

    def answer_late(route: Route) -> None:
        while late:
            listing, answer = late.pop()
            listing.fulfill(response=answer)
        route.continue_()

    page.route("**/duels", keep_back)
    page.route("**/duels/*/events", answer_late)
    page.reload()
    timeline = begin(page)
    assert timeline != earlier
    expect(page.locator("#play")).to_have_text("Stop")
    expect(page.locator("#keep")).to_be_hidden()
    page.unroute_all()
    expect(page.locator(f"#keep[href='{timeline}']")).to_be_visible()
    expect(page.locator("#panels canvas")).to_have_count(2)


def test_a_long_duel_says_so_before_it_begins_and_has_a_clock(page: Page, page_url: str) -> None:
    """Minutes, and which side takes them; then the seconds of it."""
    page.goto(f"{page_url}/?act=5")
    expect(page.locator("#clock")).to_contain_text("takes about 5 min: route-not-ready+ ends last")
    page.locator("#play").click()
    expect(page.locator("#clock")).to_have_text(re.compile(r"^0:0[2-9] of about 5:\d\d$"))
    page.locator("#play").click()
    expect(page.locator("#refused")).to_have_text("stopped")


def test_a_window_that_was_open_before_shows_the_duel_and_stops_it(page: Page, browser: Browser, page_url: str) -> None:
    """Though its own choice is another one, which it says."""
    other = browser.new_page()
    other.goto(f"{page_url}/{QUICK}")
    expect(other.locator("#play")).to_have_text("Play healthy")
    page.locator("#play").click()
    expect(other.locator("#play")).to_have_text("Stop")
    expect(other.locator("#other")).to_have_text(
        "Shown below: incident-344, client plain, not-found against route-not-ready+."
    )
    other.locator("#play").click()
    expect(page.locator("#refused")).to_have_text("stopped")
    other.close()


def test_enter_on_a_leg_keeps_the_focus(page: Page) -> None:
    """So that the next leg is one key away."""
    connect = page.locator("#legs").get_by_text("connect")
    connect.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answers pre").first).to_contain_text("HTTP/1.1 404 Not Found")
    expect(connect).to_be_focused()
    expect(connect).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("leg=connect"))


def test_acts_go_by_keys_and_each_is_played_on_enter(page: Page, page_url: str) -> None:
    """A sentence and settings an act; the third is the spin, whose card is not green. The picture of the pages."""
    page.get_by_role("button", name="Present").click()
    expect(page.locator("#act-title")).to_have_text("The incident")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"{page_url}/?act=3")
    expect(page.locator("#act-number")).to_have_text("act 3 of 5")
    page.keyboard.press("Enter")
    expect(page.locator("#play")).to_have_text("Stop")
    expect(page.locator("#keep")).to_be_visible()
    expect(page.locator("#side-1 .state")).to_have_text("✗ finished, but busy-polled")
    expect(page.locator("#side-1")).to_have_class("held")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "demo-act-3.png", full_page=True)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#act-title")).to_have_text("The pull request's client fix")
    page.keyboard.press("Escape")
    expect(page.locator("#act")).to_be_hidden()
    page.goto(f"{page_url}/?act=3")
    expect(page.locator("#side-1 .state")).to_have_text("✗ finished, but busy-polled")


def test_a_server_that_is_killed_is_said_to_be_gone(browser: Browser) -> None:
    """On the cards and in a sentence with the command; and no longer once it is there again."""
    server = subprocess.Popen(DEMO, stdout=subprocess.PIPE, text=True, start_new_session=True)
    page = browser.new_page()
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["page"]
        page.goto(url)
        page.locator("#play").click()
        expect(page.locator("#side-0 .state")).to_contain_text("running")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
    port = url.rstrip("/").rpartition(":")[2]
    for side in ("#side-0", "#side-1"):
        expect(page.locator(f"{side} .state")).to_have_text("its server is gone")
    expect(page.locator("#refused")).to_contain_text(f"start it again: gateway-sim demo --port {port}")
    again = subprocess.Popen(
        [*(port if word == "0" else word for word in DEMO)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        expect(page.locator("#refused")).to_be_hidden()
        expect(page.locator("#play")).to_have_text("Play the incident")
    finally:
        os.killpg(again.pid, signal.SIGTERM)
        again.communicate(timeout=60)
        page.close()
