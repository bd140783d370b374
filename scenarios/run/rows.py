"""The columns of a store of runs, and the row of a run: what readers of Parquet ask for, and its whole record."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway_sim.scenarios.judge.anomalies import counts
from gateway_sim.scenarios.run.result import RunResult, StoryResult
from gateway_sim.scenarios.run.spec import RunSpec

SCHEMA: Final = "gateway-sim/store/1"
"""The name of the schema. A release that adds a column keeps it; one that removes or changes a column raises it."""
WORDS: Final = ("race", "client", "gateway", "sdk", "balance", "engine", "driver")
TEXTS: Final = (*WORDS, "settings", "place", "answer", "order", "verdict", "expected", "outcome", "error", "digest")
LISTS: Final = ("broken", "anomalies")
FIGURES: Final = ("first_step_s", "finished_s", "damage")
COUNTS: Final = (
    "seed", "requests", "peak_requests_per_s", "control_plane_probes", "strong_reads", "steps_intended",
    "steps_applied", "steps_applied_twice",
)  # fmt: skip
OF_THE_STORE: Final = ("damage_unit", "command", "release", "schema", "key", "record")
"""Texts too: `key` is what was played, `record` its whole result, both as JSON of this release."""
COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(TEXTS, "text"), **dict.fromkeys(COUNTS, "count"), **dict.fromkeys(FIGURES, "figure"),
    **dict.fromkeys(LISTS, "list"), **dict.fromkeys(OF_THE_STORE, "text"),
}  # fmt: skip
"""Each column and its kind: text, count (64 bits), figure (a double), or list of texts. What a row lacks is null."""

Row = dict[str, Any]


def of_spec(spec: RunSpec) -> Row:
    """Return the columns of what was to be played."""
    return {**{name: getattr(spec, name) for name in (*WORDS, "seed")}, "settings": in_words(spec.settings)}


def of_result(spec: RunSpec, result: RunResult) -> Row:
    """Return the columns of a run."""
    damage = {}
    if isinstance(result, StoryResult):
        damage = {"damage": result.damage.amount, "damage_unit": result.damage.unit}
    figures = {name: value for name, value in vars(result.metrics).items() if name in COLUMNS}
    return {
        **of_spec(spec), **figures, **damage,
        "settings": in_words(result.settings),
        "verdict": result.verdict, "expected": result.expected, "outcome": result.outcome, "digest": result.digest,
        "error": result.error and result.error.type,
        "broken": once(violation.promise for violation in result.violations),
        "anomalies": sorted(counts(result.trace)),
    }  # fmt: skip


def in_words(settings: Mapping[str, str]) -> str:
    """Return settings as JSON."""
    return json.dumps(dict(settings))


def once(names: Iterable[str]) -> list[str]:
    """Return each name once, in the order of its first place."""
    return list(dict.fromkeys(names))
