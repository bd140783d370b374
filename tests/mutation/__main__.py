"""`python -m tests.mutation`: change the product in many small ways, and say which changes no test notices.

It is no part of the test suite: one change takes seconds. `make mutation` tries all, `make mutation-sample` 200.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.house import ROOT
from tests.mutation import trial
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.nearness import MOST_NEAR, near_tests
from tests.mutation.score import Score, page, read_named

PURE: Final = (
    "gateway_sim/*.py", "gateway_sim/miss_policies/*.py", "trainer_pod/*.py", "trainer_pod/protocol/*.py",
    "control_plane/**/*.py", "client/**/*.py", "scenarios/judge/**/*.py", "scenarios/world/*.py", "scenarios/sim/*.py",
)  # fmt: skip
"""What decides and what judges. Commands and pages are left out: their words are most of what a mutant changes, and a
command that a test starts as a process reads its file unchanged."""
SLACK, LEAST_S = 5.0, 30.0
"""A trial may take `SLACK` times as long as its tests take unchanged, and at least `LEAST_S` more."""
LIMIT_S: Final = 300.0


def main() -> int:
    """Run the trials that the words ask for; return 1 where the share of killed mutants is below `--at-least`."""
    words = _words()
    drawn = _drawn(words)
    known = _known(words.into)
    ends = {mutant.name: known[mutant.name] for mutant in drawn if _was_tried(mutant, known)}
    left = [mutant for mutant in drawn if mutant.name not in ends]
    print(f"{len(drawn)} mutants of {len({mutant.path for mutant in drawn})} files", file=sys.stderr, flush=True)
    trial.warm()
    with tempfile.TemporaryDirectory() as folder:
        tests = {path: near_tests(ROOT / path)[: words.near] for path in sorted({mutant.path for mutant in left})}
        limits = _limits(tests, words.jobs, Path(folder))
        ends = _tried({mutant.name: mutant for mutant in drawn}, known, ends, tests, limits, words, Path(folder))
    return _told(drawn, ends, words)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="only these files (default: the pure files)")
    parser.add_argument("--sample", type=int, help="this many mutants, drawn with --seed (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only this mutant, as the page names it"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--near", type=int, default=MOST_NEAR, help="at most this many test files for a module")
    parser.add_argument(
        "--races", action="store_true", help="let survivors also meet the cells of `gateway-sim verify`"
    )
    parser.add_argument("--into", type=Path, help="a JSON file for every trial; those in it are not tried again")
    parser.add_argument("--page", type=Path, help="write the score and the survivors here, as Markdown")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="SHARE", help="exit 1 below this killed share")
    return parser.parse_args()


def _drawn(words: argparse.Namespace) -> list[Mutant]:
    files = [path.resolve() for path in words.files] or sorted(
        {path for glob in PURE for path in ROOT.glob(glob) if path.name != "__main__.py"}
    )
    every = [mutant for path in files for mutant in mutants(path)]
    if words.only:
        return [mutant for mutant in every if mutant.name in words.only]
    if words.sample is not None and words.sample < len(every):
        every = random.Random(words.seed).sample(every, words.sample)
    # an operator can yield the same text again
    return [mutant for mutant in every if mutant.difference[0] != mutant.difference[1]]


def _limits(tests: dict[str, list[str]], jobs: int, folder: Path) -> dict[str, float]:
    """Run each test file unchanged, and return how long a module's trials may take; a file that fails is left out."""
    took: dict[str, float] = {}
    files = sorted({file for near in tests.values() for file in near})

    def done(file: str, end: str, wall_s: float, log: Path) -> None:
        took[file] = wall_s
        if end != trial.KEPT:
            print(f"{file} fails without a mutant, so it is left out:\n{log.read_text()[-1000:]}", file=sys.stderr)
            for near in tests.values():
                near[:] = [other for other in near if other != file]
        if len(took) % 20 == 0:
            print(f"{len(took)} of {len(files)} test files pass unchanged", file=sys.stderr, flush=True)

    _run([(file, _tests_of([file])) for file in files], jobs, folder, lambda file: LIMIT_S, done)
    return {path: LEAST_S + SLACK * sum(took[file] for file in near) for path, near in tests.items()}


def _tests_of(files: list[str], mutant: Mutant | None = None) -> Callable[[], int]:
    def call() -> int:
        if mutant is not None:
            trial.replace_module(ROOT / mutant.path, mutant.source)
        return trial.run_tests(files) if files else 0

    return call


def _types_of(mutant: Mutant, folder: Path) -> Callable[[], int]:
    return lambda: trial.check_types(ROOT / mutant.path, mutant.source, folder)


def _races_of(mutant: Mutant) -> Callable[[], int]:
    def call() -> int:
        trial.replace_module(ROOT / mutant.path, mutant.source)
        return trial.run_races()

    return call


def _known(kept: Path | None) -> dict[str, dict[str, Any]]:
    """Return the ends of the trials in a file of `--into`."""
    return json.loads(kept.read_text()) if kept is not None and kept.exists() else {}


def _was_tried(mutant: Mutant, known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether this very change was tried: a number is another mutant's once its file has changed."""
    return mutant.name in known and known[mutant.name]["after"] == mutant.difference[1]


def _tried(
    by_name: dict[str, Mutant],
    known: dict[str, dict[str, Any]],
    ends: dict[str, dict[str, Any]],
    tests: dict[str, list[str]],
    limits: dict[str, float],
    words: argparse.Namespace,
    folder: Path,
) -> dict[str, dict[str, Any]]:
    """Return the end of each trial by the mutant's name; the file of `--into` is written after each."""

    def done(name: str, end: str, wall_s: float, log: Path, judge: str = "tests") -> None:
        mutant = by_name[name]
        said = log.read_text(errors="replace").splitlines()
        last = [line for line in said if line.startswith(("FAILED", "ERROR")) or ": error: " in line]
        ends[name] = ends.get(name, {}) | {
            "line": mutant.line, "before": mutant.difference[0], "after": mutant.difference[1], "end": end,
            "wall_s": round(wall_s, 1), "by": last[:1], judge: True,
        }  # fmt: skip
        if words.into is not None:
            words.into.write_text(json.dumps({**known, **ends}, indent=1))
        print(
            f"{len(ends)}/{len(by_name)} {end}: {name}: {' => '.join(mutant.difference)}"[:300],
            file=sys.stderr,
            flush=True,
        )

    left = [mutant for name, mutant in by_name.items() if name not in ends]
    calls = [(mutant.name, _tests_of(tests[mutant.path], mutant)) for mutant in left]
    _run(calls, words.jobs, folder, lambda name: limits[by_name[name].path], done)

    def let_meet(
        judge: str, call_of: Callable[[Mutant], Callable[[], int]], jobs: int, means: Mapping[str, str]
    ) -> None:
        """Let each mutant that survives meet one more judge, once; `means` says what an end of its trial is."""

        def met(name: str, end: str, wall_s: float, log: Path) -> None:
            done(name, means.get(end, end), wall_s, log, judge)

        survivors = [by_name[name] for name, end in ends.items() if end["end"] == trial.KEPT and judge not in end]
        _run([(mutant.name, call_of(mutant)) for mutant in survivors], jobs, folder, lambda name: LIMIT_S, met)

    def unchanged(name: str, end: str, wall_s: float, log: Path) -> None:
        if end != trial.KEPT:
            sys.exit(f"mypy refuses the product as it is, so it tells nothing of mutants:\n{log.read_text()[-1000:]}")

    # it fills the cache; all checks use it, so one at a time
    _run([("unchanged", lambda: trial.check_types(None, "", folder))], 1, folder, lambda name: LIMIT_S, unchanged)
    refused = {trial.KILLED: trial.REFUSED, trial.ENDED_LATE: trial.KEPT}
    let_meet("mypy", lambda mutant: _types_of(mutant, folder), 1, refused)
    if words.races:
        by_race = dict.fromkeys((trial.KILLED, trial.ENDED_LATE), f"{trial.KILLED} by a race")
        let_meet("races", _races_of, words.jobs, by_race)
    return ends


def _run(
    calls: Iterable[tuple[str, Callable[[], int]]],
    jobs: int,
    folder: Path,
    limit_of: Callable[[str], float],
    done: Callable[[str, str, float, Path], None],
) -> None:
    """Run calls in forked processes, `jobs` at a time, and tell `done` of each end."""
    waiting, running = deque(calls), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            name, call = waiting.popleft()
            log = folder / f"{name.replace('/', '-')}.log"
            running[name] = (trial.Trial(call, limit_of(name), log), time.monotonic(), log)
        for name, (started, began, log) in list(running.items()):
            end = started.poll()
            if end is not None:
                del running[name]
                done(name, end, time.monotonic() - began, log)
                log.unlink(missing_ok=True)
        time.sleep(0.02)


def _told(drawn: list[Mutant], ends: dict[str, dict[str, Any]], words: argparse.Namespace) -> int:
    """Print the score and the survivors, and write the page."""
    score = Score.of(ends, read_named())
    print(score.sentence)
    for survivor in score.unnamed:
        print(f"{survivor.name} (line {survivor.line}): {survivor.before}  =>  {survivor.after}")
    if words.page is not None:
        drawn = [f"--sample {words.sample} --seed {words.seed}"] if words.sample is not None else []
        races = ["--races"] if words.races else []
        words.page.write_text(page(score, " ".join([*drawn, f"--near {words.near}", *races])))
    return int(score.share < words.at_least)


if __name__ == "__main__":
    sys.exit(main())
