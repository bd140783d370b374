"""A completeness gate: decides from the landed parts of a table whether a day may be trained on.

A part is made by `make(sandbox)`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from gateway_sim.control_plane.data.partitions import declared as decided_by_manifest
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "gate"


class Gate(Protocol):
    """Decides about one day at a time, and remembers nothing."""

    def decide(self, parts: Sequence[Part], wanted: Wanted, declared: Mapping[int, int], now_s: float) -> Decision:
        """Say whether the wanted day may be trained on, and why, as a sentence.

        `parts` are the landed hours of all days in the table. `declared` maps the hours of the wanted day that their
        producer has declared complete to their number of rows. `now_s` and `Part.landed_s` are of one clock.
        """
        ...


protocol = Gate


class ManifestGate:
    """This project's gate: it compares what has landed with what the producer has declared."""

    def decide(self, parts: Sequence[Part], wanted: Wanted, declared: Mapping[int, int], now_s: float) -> Decision:
        """Pass when every hour is declared, and exactly its rows have landed."""
        return decided_by_manifest(parts, wanted, declared)


def made(sandbox: Sandbox[Any]) -> Gate | None:
    """Return the user's gate; None without one, where the variant of the story chooses a gate of this project."""
    make = sandbox.parts.get(NAME)
    gate: Gate | None = make(sandbox) if make else None
    return gate


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a gate."""
    return make(sandbox)


def own(sandbox: Sandbox[Any]) -> Gate:
    """Make this project's gate, as a part."""
    return ManifestGate()
