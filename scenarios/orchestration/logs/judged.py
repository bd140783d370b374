"""A log held to every promise of the stories: kept, broken, or not judged, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway_sim.scenarios.judge.promises import Promise, in_words
from gateway_sim.scenarios.judge.verdict import Broken, Verdict
from gateway_sim.scenarios.orchestration.logs.needs import IN_NO_LOG, judgeable, lacking
from gateway_sim.scenarios.orchestration.logs.told import Log


@dataclass(frozen=True)
class Judged:
    """The verdict on one promise. `why` is the reason of one that the log cannot be held to."""

    promise: str
    sentence: str
    verdict: Verdict
    why: str = ""
    violations: tuple[Broken, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """The verdicts on a log, one for each promise: the broken ones first, then the kept and the unjudged."""

    log: Log
    found: Sequence[Judged]

    @cached_property
    def broken(self) -> list[Judged]:
        """The promises that the log broke."""
        return [one for one in self.found if one.verdict == "broken"]

    @property
    def held(self) -> bool:
        """Whether a promise was judged and none was broken."""
        return not self.broken and any(one.verdict == "kept" for one in self.found)

    def document(self) -> dict[str, Any]:
        """Return the verdicts as plain JSON values."""
        entries = self.log.trace.entries
        return {
            "format": self.log.format,
            "events": len(entries),
            "began": self.log.moment(0.0),
            "lasted_s": entries[-1].at_s if entries else 0.0,
            "notes": list(self.log.notes),
            "broken": len(self.broken),
            "promises": [
                {
                    "promise": one.promise,
                    "verdict": one.verdict,
                    "why": one.why,
                    "violations": [broken.document() for broken in one.violations],
                }
                for one in self.found
            ],
        }


ORDER: dict[Verdict, int] = {"broken": 0, "kept": 1, "not_exercised": 2}


def judge(log: Log) -> Judgement:
    """Hold a log to every promise of the stories."""
    found = [_judged(name, promise, log) for name, promise in judgeable().items()]
    return Judgement(log, sorted(found, key=lambda one: ORDER[one.verdict]))


def _judged(name: str, promise: Promise, log: Log) -> Judged:
    told, sentence = name.replace("-", " "), in_words(promise)
    if name in IN_NO_LOG:
        return Judged(told, sentence, "not_exercised", IN_NO_LOG[name])
    if lacks := lacking(name, log.trace):
        why = log.open_questions.get(name) or f"it tells no {', no '.join(lacks)}"
        return Judged(told, sentence, "not_exercised", why)
    try:
        broken = [Broken(told, v.message, round(v.at_s, 6), v.witness, sentence) for v in promise(log.trace)]
    except Exception as error:
        # events that contradict one another prove nothing, and must not pass for kept
        why = f"its events do not fit together: {type(error).__name__}: {error}"
        return Judged(told, sentence, "not_exercised", why)
    return Judged(told, sentence, "broken" if broken else "kept", "", tuple(broken))
