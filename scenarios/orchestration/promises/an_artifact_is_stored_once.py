"""What a record names must stay what it was when the record was made."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import ArtifactStored
from gateway_sim.scenarios.sim.trace import Trace


def an_artifact_is_stored_once(trace: Trace) -> Iterator[Violation]:
    """An artifact is stored once: no run, and no other attempt of the run, writes over it."""
    first: dict[str, ArtifactStored] = {}
    for entry in trace.of(ArtifactStored):
        stored = entry.event
        known = first.get(stored.path)
        if known is None:
            first[stored.path] = stored
        else:
            yield Violation.of(
                f"{stored.run} (attempt {stored.attempt}) stored its model over that of {known.run} (attempt "
                f"{known.attempt}) at {stored.path}",
                entry,
            )
