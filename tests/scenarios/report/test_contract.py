"""The findings of the contract, as they are printed and written."""

from rich.console import Console

from gateway_sim.scenarios.compare.contract.clause import Finding, Level, Result
from gateway_sim.scenarios.report.contract import markdown, summary, terminal


def finding(clause: str, level: Level, result: Result, saw: str = "") -> Finding:
    """Return a finding with a sentence made of its name."""
    return Finding(clause, "Polls", f"the {clause} clause", level, result, saw, f"the {clause} caller suffers")


SOUND = [finding("held", "proposed", "holds"), finding("final", "required", "holds")]
BARE = [
    finding("held", "proposed", "missed", "answered 503 after 0.0 s"),
    finding("final", "required", "not applicable", "answered 503"),
]


def test_a_miss_is_told_with_what_was_seen_and_whom_it_harms() -> None:
    """A clause that is not applicable harms no caller."""
    out = Console(width=60, record=True)
    out.print(terminal({"bare": BARE, "sound": SOUND}))
    text = out.export_text()
    assert "missed: the held clause\n  answered 503 after 0.0 s; the held caller suffers" in text
    assert "not applicable: the final clause\n  answered 503\n" in text
    assert "sound: 2 of 2 clauses hold" in text


def test_the_counts_tell_what_is_required_from_what_is_proposed() -> None:
    """And name nothing that there is none of."""
    assert summary(SOUND) == "2 of 2 clauses hold"
    assert summary(BARE) == "0 of 2 clauses hold; missed: 0 required, 1 proposed; 1 not applicable"


def test_the_page_has_the_gateways_side_by_side() -> None:
    """And of each what does not hold."""
    page = markdown({"bare": BARE, "sound": SOUND}, command="gateway-sim contract")
    assert "| the held clause | proposed | **missed** | holds |" in page
    assert "## What does not hold with bare" in page
    assert "| the held clause | answered 503 after 0.0 s | the held caller suffers |" in page
    assert "with sound" not in page
