"""Every clause is missed by a gateway with the defect that it is about, and for that reason."""

import asyncio
import re

import pytest

from gateway_sim.scenarios.compare.contract.clauses import names, sections
from gateway_sim.scenarios.compare.contract.world import check_gateway
from tests.scenarios.compare.contract.broken_gateway import BROKEN, BrokenGateway

TOOK = re.compile(r" after [\d.]+ s")
"""How long an answer took, which a slow machine changes."""


def test_every_clause_has_a_gateway_that_misses_it() -> None:
    """A new clause needs a defect that it finds."""
    assert set(BROKEN) == set(names())


@pytest.mark.slow
def test_every_clause_finds_its_defect() -> None:
    """One gateway has all the defects, each for the job of one clause."""
    findings = asyncio.run(check_gateway(BrokenGateway(), lambda finding: None))
    unlike = {
        one.clause: (one.result, one.saw, BROKEN[one.clause].saw)
        for one in findings
        if one.result != "missed" or BROKEN[one.clause].saw not in TOOK.sub("", one.saw)
    }
    assert unlike == {}


def test_a_clause_has_one_sentence_and_one_name() -> None:
    """Tables are read by the sentence, programs by the name."""
    clauses = [clause for of_theme in sections().values() for clause in of_theme]
    assert len({clause.sentence for clause in clauses}) == len(clauses) == len(names())
    assert all(clause.why and clause.sentence[-1] != "." for clause in clauses)
