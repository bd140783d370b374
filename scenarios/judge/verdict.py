"""The verdict on a trace: which promises it broke, and whether the race took place at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from gateway_sim.scenarios.judge.promises import Promise, in_words
from gateway_sim.scenarios.sim.renamed import formerly
from gateway_sim.scenarios.sim.trace import Entry, Trace

Verdict = Literal["kept", "broken", "not_exercised"]
VERDICTS: Final = {
    "kept": "Every promise of the race held, and the race took place.",
    "broken": "At least one promise did not hold; a race whose fix does not hold is expected to be broken.",
    "not-exercised": "The run proves nothing: the event that the race is about never happened, or a promise crashed.",
}
"""What each verdict means, by its name in words."""


@dataclass(frozen=True)
class Broken:
    """A promise that a run broke, in a sentence, when, and the entries of the trace that show it.

    `promise` is its name, by which programs know it; `sentence` is the name as people write it, where that differs.
    """

    promise: str
    message: str
    at_s: float
    witness: tuple[Entry, ...] = ()
    sentence: str = ""

    @property
    def words(self) -> str:
        """The promise as people write it."""
        return self.sentence or self.promise

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values; a promise that was renamed carries its old name beside the new one."""
        told = {"promise": self.promise, "message": self.message, "at_s": self.at_s}
        told |= formerly("promise", self.promise)
        return {**told, "witness": [entry.document() for entry in self.witness]}


def held_to(promises: Sequence[Promise], must_reach: Sequence[type[Any]], trace: Trace) -> tuple[Verdict, list[Broken]]:
    """Return the verdict on a trace, and the promises that it broke or that proved nothing, those first."""
    violations: list[Broken] = []
    crashed: list[Broken] = []
    for promise in promises:
        name, words = promise.__name__.replace("_", " "), in_words(promise)
        try:
            violations += [Broken(name, v.message, round(v.at_s, 6), v.witness, words) for v in promise(trace)]
        except Exception as error:
            # a promise that crashes has proved nothing, and the verdict must say so
            crashed.append(Broken(name, f"the promise itself crashed: {type(error).__name__}: {error}", 0.0))
    missing = [kind.__name__ for kind in must_reach if not trace.reached(kind)]
    crashed += [Broken("the race took place", f"it never reached {name}", 0.0) for name in missing]
    return "not_exercised" if crashed else "broken" if violations else "kept", crashed + violations
