"""The site that `make docs` builds has a place for every page and for every public name; `.ci/run` builds it."""

import os
import re

import pytest
import yaml
from playwright.sync_api import Browser

import gateway_sim
from tests.house import ROOT, relative

NAVIGATION = "docs/site/navigation.yml"
SITE = ROOT / "build" / "site"


def in_the_sidebar() -> list[str]:
    """Return the pages of the sidebar, as the file names them: without their endings."""
    told = yaml.safe_load((ROOT / NAVIGATION).read_text())
    return [told["root"], *(entry["file"] for group in told["subtrees"] for entry in group["entries"])]


def test_every_page_has_one_place_in_the_sidebar() -> None:
    """A reader does not find a page outside the sidebar, and `make docs` fails for it."""
    here = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs/site").rglob("*.rst")]
    pages = {relative(page).rsplit(".", 1)[0] for page in [*here, *ROOT.glob("examples/*/README.md")]}
    listed = in_the_sidebar()
    assert pages - set(listed) == set(), f"name these in {NAVIGATION}, under the heading that fits"
    assert set(listed) - pages == set(), f"{NAVIGATION} names pages that are not there"
    assert len(listed) == len(set(listed))


def test_every_public_name_is_in_the_reference() -> None:
    """The names of `gateway_sim.__all__` are what a user may rely on, so each is explained."""
    told = "".join(page.read_text() for page in (ROOT / "docs/site/api").glob("*.rst"))
    shown = set(re.findall(r"^\.\. auto\w+:: (\w+)$", told, re.MULTILINE))
    assert set(gateway_sim.__all__) - {"__version__"} == shown


@pytest.mark.slow
def test_the_site_needs_no_server_and_fetches_nothing(browser: Browser) -> None:
    """Opened as a file, on a phone and on a wide screen: every page fits, and the search finds what it is asked for."""
    if not (SITE / "index.html").exists():
        # CI builds it first, so there it must be here
        (pytest.fail if os.environ.get("GATEWAY_SIM_CI") else pytest.skip)("no site in build/site; run: make docs")
    for width in (390, 1400):
        page = browser.new_page(viewport={"width": width, "height": 900})
        outside: list[str] = []
        page.on("request", lambda asked, to=outside: to.append(asked.url) if asked.url.startswith("http") else None)
        for name in ["index", *in_the_sidebar()]:
            page.goto(f"{SITE.as_uri()}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.goto(f"{SITE.as_uri()}/search.html?q=lease")
        page.get_by_role("link", name="Leases, and readers whose clocks differ").last.wait_for()
        assert outside == []
        page.close()
