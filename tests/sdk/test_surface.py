"""Every public method that an SDK's user can call works, or is refused in a sentence; the page says which."""

import json
import re
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.surface import Called, judged
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, state_of
from gateway_sim.scenarios.report.sdk_surface import surface_markdown
from tests.scenarios.documents import unlike

PAGE = Path(__file__).parents[2] / "docs/surface.md"
REFUSED = (400, "GET /api/v1/audit is not served: a pod keeps no audit log")


def came(
    of: str = "RestClient", method: str = "get_audit_log", came: str = "raises", **facts: object
) -> dict[str, object]:
    """Return the driver's line of a method."""
    return {"said": "walked", "of": of, "method": method, "came": came, **facts}


def test_a_refusal_is_one_whose_words_reach_the_user() -> None:
    """By the exception; or swallowed by the SDK, whose method returns."""
    line = came(type="BadRequestError", status=400, message=f"Error code: 400 - {REFUSED[1]}")
    assert judged("s", line, [REFUSED]) == Called(
        "s", "RestClient", "get_audit_log", "refused", 400, "a pod keeps no audit log", False
    )
    assert judged("s", came(came="works"), [REFUSED]).swallowed
    assert judged("s", came(came="works"), []).outcome == "works"


@pytest.mark.parametrize(
    ("line", "refusals"),
    [
        (came(type="NotFoundError", status=404, message="x: Not Found"), [(404, "x: Not Found")]),
        (came(came="works"), [(500, "the trainer pod met a defect of its own")]),
        (came(came="hangs"), []),
        (came(type="ValueError", message="unrelated"), [REFUSED]),
        (came(came="no arguments", message="there is no value for the parameter 'new'"), []),
        (came("TrainingClient", "forward", type="E", message=REFUSED[1], after="the client is unusable"), [REFUSED]),
    ],
)
def test_another_end_is_obscure(line: dict[str, object], refusals: list[tuple[int, str]]) -> None:
    """A missing route, a defect, no end, an unrelated exception, a new method, and a client that trains no more."""
    assert judged("s", line, refusals).outcome == "obscure"


@pytest.mark.sdk
def test_no_public_method_fails_obscurely_and_the_page_says_what_each_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All installed SDKs in one command; a method of a new SDK without arguments here fails this test."""
    installed = [name for name, environment in SDKS.items() if state_of(environment) == "installed"]
    if not installed:
        pytest.skip("no SDK is installed; run: gateway-sim sdk install all")
    chosen = [word for name in installed for word in ("--sdk", name)]
    with pytest.raises(SystemExit) as left:
        main(["sdk", "surface", *chosen, "--json", "--page", str(tmp_path / "surface.md")])
    printed = capsys.readouterr().out
    assert unlike(printed) == []
    told = json.loads(printed)
    found = [Called(**one) for one in told["methods"]]
    assert [called for called in found if called.outcome == "obscure"] == []
    assert left.value.code == 0
    assert {called.sdk for called in found} == set(installed)
    written, page = (tmp_path / "surface.md").read_text(), PAGE.read_text()
    for name in installed:
        assert column(written, name) == column(page, name)
    if set(installed) == set(SDKS):
        assert surface_markdown("gateway-sim sdk surface --page docs/surface.md", found) == page


def column(page: str, sdk: str) -> dict[tuple[str, str], str]:
    """Return what a page says of an SDK's methods, by class and method, with a refusal's words for its number."""
    words = dict(re.findall(r"^(\d+)\. (.+)$", page, re.MULTILINE))
    told = {}
    for table in re.findall(r"(?:^\|.+\n)+", page, re.MULTILINE):
        (of, *sdks), _, *rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
        for methods, *ends in rows if sdk in sdks else ():
            end = re.sub(r"\((\d+)\)$", lambda number: f"({words[number[1]]})", ends[sdks.index(sdk)])
            told |= {(of, method): end for method in methods.split(", ") if end != "-"}
    return told
