"""An exactly-once that loads its checkpoint and goes on from where it stood."""

from __future__ import annotations

from client.exactly_once.journal import Journal, LoggedOperation
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("preempted-not-gone", "exactly-once", "not-found", "the surviving chain is every step once")]


def break_it(put: Put) -> None:
    """Repeat only what was never heard of."""

    def unheard(self: Journal) -> list[LoggedOperation]:
        return [deed for deed in self.deeds if not deed.heard]

    put(Journal, "to_repeat", unheard)
