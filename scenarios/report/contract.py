"""What came of holding gateways to the contract, for a terminal and as a page."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.contract.clause import LEVELS, Finding
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import STYLES, Cell, Row, Table, Tone

TONES: Mapping[str, Tone] = {"holds": "good", "missed": "bad", "not applicable": "soft"}
Found = Mapping[str, Sequence[Finding]]
"""The findings of each gateway, by its name."""


def findings_table(findings: Sequence[Finding]) -> Table:
    """Return a row for each clause, under the heading of its theme."""
    rows: list[Row] = [[one.section, one.sentence, one.level, _result(one)] for one in findings]
    return Table(("theme", "clause", "level", "result"), rows).grouped(0, "clause")


def reasons(findings: Sequence[Finding]) -> Table:
    """Return what the gateway did in each clause that does not hold, and which caller a miss harms."""
    rows = [(one.sentence, one.saw, one.why) for one in findings if one.result == "missed"]
    rows += [(one.sentence, one.saw, "") for one in findings if one.result == "not applicable"]
    return Table(("clause", "the gateway", "why it matters"), rows)


def summary(findings: Sequence[Finding]) -> str:
    """Return one sentence with the counts."""
    counted = Counter(one.result for one in findings)
    missed: Counter[str] = Counter(one.level for one in findings if one.result == "missed")
    absent = counted["not applicable"]
    told = f"{counted['holds']} of {len(findings)} clauses hold"
    levels = [level for level in LEVELS if any(one.level == level for one in findings)]
    told += f"; missed: {', '.join(f'{missed[level]} {level}' for level in levels)}" if missed else ""
    return told + (f"; {absent} not applicable" if absent else "")


def terminal(found: Found) -> RenderableType:
    """Return the tables of all gateways, each with its counts."""
    parts: list[RenderableType] = []
    for gateway, findings in found.items():
        parts.append(findings_table(findings).titled(gateway))
        parts += [_paragraph(one) for one in findings if one.saw]
        parts.append(Text(f"{gateway}: {summary(findings)}\n", "bold"))
    return Group(*parts)


def markdown(found: Found, *, command: str) -> str:
    """Return the page: the counts, every clause under every gateway, and the misses of each with their reasons."""
    counts = Table(("gateway", "result"), [(gateway, summary(findings)) for gateway, findings in found.items()])
    misses = [(gateway, reasons(findings)) for gateway, findings in found.items()]
    return render(
        "contract.md",
        command=command,
        counts=counts.markdown(),
        clauses=_side_by_side(found).markdown(),
        misses=[(gateway, table.markdown()) for gateway, table in misses if table.rows],
    )


def _side_by_side(found: Found) -> Table:
    rows: list[Row] = []
    for of_clause in zip(*found.values(), strict=True):
        first = of_clause[0]
        rows.append([first.section, first.sentence, first.level, *map(_result, of_clause)])
    return Table(("theme", "clause", "level", *found), rows).grouped(0, "clause")


def _paragraph(finding: Finding) -> Text:
    told = Text(f"{finding.result}: {finding.sentence}\n", "bold")
    why = f"; {finding.why}" if finding.result == "missed" else ""
    return told.append(f"  {finding.saw}{why}", STYLES[TONES[finding.result]])


def _result(finding: Finding) -> Cell:
    return Cell(finding.result, TONES[finding.result], strong=finding.result == "missed")
