"""This project's parts keep every clause of their ports, and every clause is missed by a part with its defect."""

import pytest

from gateway_sim.scenarios.compare.port_contract.clauses import clauses, ports
from gateway_sim.scenarios.compare.port_contract.hold import hold, hold_to
from gateway_sim.scenarios.orchestration import ports as all_ports
from tests.scenarios.compare.port_contract.broken_parts import BROKEN

EACH = [(port, clause.name) for port in ports() for clause in clauses(port)]


def test_every_port_has_a_contract_and_every_clause_a_part_that_misses_it() -> None:
    """A new clause needs a defect that it finds."""
    assert ports() == all_ports.names()
    assert [(port, name) for port, defects in sorted(BROKEN.items()) for name in sorted(defects)] == sorted(EACH)


@pytest.mark.parametrize("port", ports())
def test_our_own_part_keeps_its_contract(port: str) -> None:
    """Optional clauses too."""
    assert [(one.clause, one.saw) for one in hold(port, None) if one.result != "holds"] == []


@pytest.mark.parametrize(("port", "clause"), EACH)
def test_a_clause_finds_its_defect(port: str, clause: str) -> None:
    """And says what it saw."""
    defect = BROKEN[port][clause]
    (held,) = (one for one in clauses(port) if one.name == clause)
    found = hold_to(held, port, defect.make)
    assert found.result == "missed"
    assert defect.saw in found.saw


def test_a_part_that_raises_misses_the_clause_that_it_was_asked_in() -> None:
    """The other clauses are checked all the same."""

    def make(sandbox: object) -> object:
        raise OSError("no server")

    assert {one.saw for one in hold("gate", make)} == {"raised OSError: no server"}


def test_a_scheduler_that_starts_nothing_is_told_so_in_each_clause_that_needs_a_start() -> None:
    """Not by an error of the contract's own."""

    class Never:
        def place(self, free: object, waiting: object, now_s: float) -> list[object]:
            return []

    seen = [one.saw for one in hold("scheduler", lambda sandbox, **words: Never()) if one.result == "missed"]
    assert seen[0] == "started nothing of a job that takes one of two empty nodes"
    assert "a had not started, though a node had room for it" in seen
    assert not any("raised" in saw for saw in seen), seen


@pytest.mark.parametrize("port", ports())
def test_a_clause_has_one_sentence_and_one_name(port: str) -> None:
    """Tables are read by the sentence, programs by the name."""
    each = clauses(port)
    assert len({clause.sentence for clause in each}) == len(each) == len({clause.name for clause in each})
    assert all(clause.why and clause.sentence[-1] != "." for clause in each)
