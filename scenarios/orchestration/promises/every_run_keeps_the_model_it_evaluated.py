"""A record with a loss and a path is wrong as soon as the path holds another model."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    ArtifactAudited,
    ArtifactRecorded,
    ArtifactStored,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace


def every_run_keeps_the_model_it_evaluated(trace: Trace) -> Iterator[Violation]:
    """Every run keeps the model it evaluated: its path holds that model when an audit looks, and the run trained it."""
    for entry, what in not_its_own(trace):
        yield Violation.of(f"the record of {entry.event.run} names {what}", entry)


def not_its_own(trace: Trace) -> Iterator[tuple[Entry, str]]:
    """Yield the audit of each run whose record is wrong, and what it names: a model of another run, or a later one."""
    trained: dict[str, list[str]] = {}
    for entry in trace.of(ArtifactStored):
        trained.setdefault(entry.event.run, []).append(entry.event.weights)
    recorded = {entry.event.run: entry.event for entry in trace.of(ArtifactRecorded)}
    for entry in trace.of(ArtifactAudited):
        audited, record = entry.event, recorded.get(entry.event.run)
        if record is None:
            continue
        if record.weights not in trained.get(audited.run, []):
            yield entry, "the model of another run"
        elif record.weights != audited.weights:
            yield entry, "a path that holds another model since"
