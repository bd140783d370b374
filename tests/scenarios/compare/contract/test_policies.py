"""What this project's own gateway does of the contract, under policies that miss some of it."""

import asyncio

import pytest

from gateway_sim.scenarios.compare.contract.clause import Finding
from gateway_sim.scenarios.compare.contract.clauses import names, sections
from gateway_sim.scenarios.compare.contract.world import check_gateway, check_own
from gateway_sim.scenarios.sim.errors import UnknownWord
from gateway_sim.scenarios.world.gateway import OwnGateway

GONE, WRONG_ADDRESS = "A job that is gone, or never was", "A route whose address is wrong"


def told(finding: Finding) -> None:
    """Look at no single finding."""


def missed(findings: list[Finding]) -> set[str]:
    """Return the names of the missed clauses."""
    return {one.clause for one in findings if one.result == "missed"}


def absent(findings: list[Finding]) -> set[str]:
    """Return the names of the clauses that are not applicable."""
    return {one.clause for one in findings if one.result == "not applicable"}


def proposed(*headings: str) -> set[str]:
    """Return the names of the clauses that the proposal asks for, of these themes or of all."""
    chosen = [sections()[heading] for heading in headings] if headings else sections().values()
    return {clause.name for clauses in chosen for clause in clauses if clause.level == "proposed"}


def test_todays_gateway_does_what_is_required_and_nothing_of_the_proposal() -> None:
    """A 404 at once is one answer for all: right for a job that is gone, though it does not say so, and else wrong."""
    findings = check_own("not-found", {}, told)
    assert (missed(findings), absent(findings)) == (proposed(), set())


@pytest.mark.slow
def test_the_503_of_the_pr_with_holds_does_not_know_what_is_gone() -> None:
    """It also follows no wrong address, and makes no strong read to be held to."""
    findings = check_own("route-not-ready+", {}, told)
    gone = {clause.name for clause in sections()[GONE]}
    assert missed(findings) == gone | proposed(WRONG_ADDRESS)
    assert absent(findings) == {"strong-read", "coalesced"}


def test_a_check_that_does_not_end_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole stays bounded."""
    monkeypatch.setattr("gateway_sim.scenarios.compare.contract.world.CLAUSE_WITHIN_S", 0.0)
    findings = asyncio.run(check_gateway(OwnGateway(), told))
    assert missed(findings) == set(names())
    assert {one.saw for one in findings} == {"was not done with this after 0 s"}


@pytest.mark.parametrize(("gateway", "words"), [("lease", {}), ("hold", {"replicas": "3"}), ("hold", {"longest": "3"})])
def test_an_unknown_word_is_refused(gateway: str, words: dict[str, str]) -> None:
    """Before anything runs; a setting of the world is none of a policy."""
    with pytest.raises(UnknownWord):
        check_own(gateway, words, told)
