"""The tester of tests: it finds the changes of a file, tries each, and tells a survivor from a killed one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.mutation import trial
from tests.mutation.mutants import mutants
from tests.mutation.nearness import MOST_NEAR, near_tests
from tests.mutation.score import NAMED, Score, page, read_named

DECIDE = ROOT / "gateway_sim" / "decide.py"


def changes_of(code: str, folder: Path) -> list[str]:
    """Return the lines that each mutant of a file with this code has instead."""
    file = ROOT / "build" / folder.name / "one.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    try:
        return [mutant.difference[1] for mutant in mutants(file)]
    finally:
        file.unlink()
        file.parent.rmdir()


def test_a_file_is_changed_in_each_way_once(tmp_path: Path) -> None:
    """Also in what a decorator stands above; neither a type nor a decorator is changed."""
    code = "@property\ndef f(x: int | None) -> int | None:\n    g(x)\n    return 1 if x else 2\n"
    found = changes_of(code, tmp_path)
    assert {"pass", "g(None)", "return 2 if x else 2", "return 1 if x else 3"} <= set(found)
    assert not any("int & None" in change for change in found)


def test_an_argument_that_is_false_is_changed_to_true_only(tmp_path: Path) -> None:
    """None is false as well, so no test could tell them apart."""
    found = changes_of("f(True, on=False)\n", tmp_path)
    assert {"f(True, on=True)", "f(None, on=False)", "f(True, )"} <= set(found)
    assert "f(True, on=None)" not in found


@pytest.mark.slow
def test_a_module_is_held_to_its_own_tests_first() -> None:
    """Then to those that import it, and to those that meet it through the fixtures beside them."""
    near = near_tests(DECIDE)
    assert near[0] == "tests/gateway_sim/test_decide.py"
    through_fixtures = near_tests(ROOT / "client" / "exactly_once" / "calls.py")
    assert "tests/client/exactly_once/test_sampling.py" in through_fixtures[:MOST_NEAR]
    assert all((ROOT / file).exists() for file in near)


@pytest.mark.slow
def test_a_change_that_a_test_sees_is_killed(tmp_path: Path) -> None:
    """In processes of their own, whose files are as they were; the same change with no tests near it survives."""
    before = DECIDE.read_text()
    wrong = next(one.name for one in mutants(DECIDE) if 'route.state == "READY"' in one.difference[1])
    words = [sys.executable, "-m", "tests.mutation", str(DECIDE), "--only", wrong, "--jobs", "1", "--near"]
    told = subprocess.run([*words, "1"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("1 of 1 mutants were killed")
    # mypy sees nothing wrong with another state, and no race is played
    unseen = subprocess.run([*words, "0"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert unseen.stdout.startswith("0 of 1 mutants were killed")
    assert wrong in unseen.stdout
    assert DECIDE.read_text() == before


@pytest.mark.slow
def test_a_change_that_mypy_refuses_is_killed_by_it(tmp_path: Path) -> None:
    """A missing argument lands no more than a failing test does; the tree as it is passes."""
    code = DECIDE.read_text()
    wrong, as_long = f"{code}\nint(len())\n", code.replace("spared: bool", "spared: list", 1)
    assert as_long != code
    told = [trial.check_types(*one, tmp_path) for one in ((None, ""), (DECIDE, as_long), (DECIDE, wrong))]
    assert told == [0, 1, 1]


def test_a_named_survivor_counts_as_equivalent() -> None:
    """The share is of the others, and the page has each survivor with its reason."""
    end = {"line": 3, "before": "a", "after": "b", "end": trial.KEPT}
    ends = {
        "client/x.py:0": end,
        "client/x.py:1": {**end, "after": "c"},
        "client/x.py:2": {**end, "end": trial.KILLED},
        "client/x.py:3": {**end, "end": trial.REFUSED},
    }
    score = Score.of(ends, {("client/x.py", "a", "b"): "the same number"})
    assert (score.tried, score.killed, score.refused, score.equivalent, score.share) == (4, 2, 1, 1, 2 / 3)
    assert [one.name for one in score.unnamed] == ["client/x.py:1"]
    text = page(score, "--sample 4 --seed 0")
    assert "`python -m tests.mutation --sample 4 --seed 0`: 2 of 4 mutants were killed (1 of them by mypy)" in text
    assert "| `client` | 2 | 1 | 4 |" in text
    assert "| client/x.py, line 3 | `a` | `b` | the same number |" in text
    assert "no near test fails" in text


@pytest.mark.slow
def test_every_named_survivor_is_a_mutant_still() -> None:
    """A reason for lines that are gone is gone with them."""
    named = read_named()
    for path in sorted({path for path, _, _ in named}):
        wanted = {(before, after) for where, before, after in named if where == path}
        lines = enumerate((ROOT / path).read_text().splitlines(), 1)
        places = [at for at, line in lines if line.strip() and any(one.startswith(line.strip()) for one, _ in wanted)]
        # to write out each mutant of a file takes seconds
        near = (one for one in mutants(ROOT / path) if any(one.line <= at <= one.last for at in places))
        missing = wanted - {one.difference for one in near}
        assert not missing, f"{path} in {NAMED.name}: {missing}"
