"""The site that `make docs` builds has a place for every page and for every public name; `.ci/run` builds it."""

import re

import yaml

import gateway_sim
from tests.house import ROOT, relative

NAVIGATION = "docs/site/navigation.yml"


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
