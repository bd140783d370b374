"""A promotion that was decided on an outdated read can undo a better one."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import TagMoved, VersionRegistered
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import PromotionsSettled
from gateway_sim.scenarios.sim.trace import Trace


def the_best_version_is_tagged(trace: Trace) -> Iterator[Violation]:
    """The best version is tagged: after the last promotion no registered version has a higher score."""
    for settled in trace.of(PromotionsSettled):
        model = settled.event.model
        scores = {e.event.version: e.event.score for e in trace.of(VersionRegistered) if e.event.model == model}
        moves = [e.event.version for e in trace.of(TagMoved) if e.event.model == model]
        best = max(scores, key=lambda version: scores[version])
        if moves and scores[moves[-1]] < scores[best]:
            yield Violation.of(f"{model} ends with version {moves[-1]}, though version {best} is better", settled)
