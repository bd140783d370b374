"""The score of mutants, the survivors with their reasons, and the page that shows both."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.mutation.trial import KEPT, REFUSED

NAMED: Final = Path(__file__).with_name("survivors.toml")
"""The survivors that are left, each by its lines and the reason."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed, and the reason why that is right; empty where there is none yet."""

    name: str
    line: int
    before: str
    after: str
    why: str = ""


@dataclass(frozen=True)
class Score:
    """How many mutants were tried, killed, and of these refused by mypy, in all and by package; the survivors."""

    tried: int
    killed: int
    refused: int
    by_package: Mapping[str, tuple[int, int, int]]
    survivors: tuple[Survivor, ...]

    @staticmethod
    def of(ends: Mapping[str, Mapping[str, Any]], named: Mapping[tuple[str, str, str], str]) -> "Score":
        """Count the ends of trials; `named` has the reason for a file, its lines before and its lines after."""
        tried, killed, refused = Counter[str](), Counter[str](), Counter[str]()
        survivors = []
        for name, end in sorted(ends.items()):
            path = name.rpartition(":")[0]
            package = path.split("/")[0]
            tried[package] += 1
            killed[package] += end["end"] != KEPT
            refused[package] += end["end"] == REFUSED
            if end["end"] == KEPT:
                why = named.get((path, end["before"], end["after"]), "")
                survivors.append(Survivor(name, end["line"], end["before"], end["after"], why))
        by_package = {package: (killed[package], refused[package], tried[package]) for package in sorted(tried)}
        return Score(tried.total(), killed.total(), refused.total(), by_package, tuple(survivors))

    @property
    def equivalent(self) -> int:
        """The survivors that have a reason."""
        return sum(bool(survivor.why) for survivor in self.survivors)

    @property
    def unnamed(self) -> list[Survivor]:
        """The survivors that have none."""
        return [survivor for survivor in self.survivors if not survivor.why]

    @property
    def share(self) -> float:
        """The killed share of the mutants that some test should notice."""
        return self.killed / max(self.tried - self.equivalent, 1)

    @property
    def sentence(self) -> str:
        """The score as a sentence."""
        left = f"survivors named with a reason: {self.equivalent}"
        by_mypy = f" ({self.refused} of them by mypy)" if self.refused else ""
        killed = f"{self.killed} of {self.tried} mutants were killed{by_mypy}"
        return f"{killed}; {left}; killed of the others: {self.share:.1%}"


def read_named() -> dict[tuple[str, str, str], str]:
    """Return the reasons of the named survivors, by file, lines before and lines after."""
    listed = tomllib.loads(NAMED.read_text()).get("survivor", [])
    return {(one["path"], one["before"], one["after"]): one["why"] for one in listed}


def page(score: Score, asked: str) -> str:
    """Return the page as Markdown; `asked` are the options of the command that tried these mutants."""
    lines = [
        "# Mutants",
        "",
        "The product is changed in one small way, and the tests near the change run. A change that no test notices",
        "meets mypy, which refuses what CI would refuse, and with `--races` then every cell of `gateway-sim verify`.",
        "The operators are mutmut's: comparisons, numbers, arithmetic, conditions, arguments and assigned values; and",
        "a statement that is a call is left out. Words for people are not changed, and an argument that is False is",
        "not made None, which is false too. The files are those that decide and judge: the four packages,",
        "`scenarios/judge`, `scenarios/world` and `scenarios/sim`, without commands (`__main__.py`): a test that",
        "starts a process runs the unchanged file.",
        "",
        f"Tried by `python -m tests.mutation {asked}`: {score.sentence}.",
        "",
        "| package | killed | of these by mypy | tried |",
        "| --- | ---: | ---: | ---: |",
        *(f"| `{package}` | {' | '.join(map(str, counts))} |" for package, counts in score.by_package.items()),
        "",
        "`make mutation` tries every mutant, which takes hours. `make mutation-sample` tries 200 with their nearest",
        "tests alone, and fails below 90 %; CI runs it.",
        "",
    ]
    if score.survivors:
        lines += ["## Survivors", "", "| where | before | after | why |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {one.name.rpartition(':')[0]}, line {one.line} | {_code(one.before)} | {_code(one.after)} | "
            f"{one.why or 'no near test fails'} |"
            for one in score.survivors
        ]
        lines.append("")
    return "\n".join(lines)


def _code(text: str) -> str:
    cut = text if len(text) <= 160 else f"{text[:157]}..."
    escaped = cut.replace("|", "\\|").replace("`", "'")
    return f"`{escaped}`" if cut else "(nothing)"
