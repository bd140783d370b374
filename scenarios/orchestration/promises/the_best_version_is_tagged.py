"""A promotion that was decided on an outdated read can undo a better one."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.control_plane.events import TagMoved, VersionRegistered
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import PromotionsSettled
from gateway_sim.scenarios.sim.trace import Trace


def the_best_version_is_tagged(trace: Trace) -> Iterator[Violation]:
    """The best version is tagged: after the last promotion no registered version has a higher score."""
    scores: dict[str, dict[int, float]] = defaultdict(dict)
    tagged: dict[str, int] = {}
    for entry in trace.of(VersionRegistered, TagMoved, PromotionsSettled):
        event = entry.event
        if isinstance(event, VersionRegistered):
            scores[event.model][event.version] = event.score
        elif isinstance(event, TagMoved):
            tagged[event.model] = event.version
        else:
            known = scores[event.model]
            best = max(known, key=lambda version: known[version])
            if event.model not in tagged:
                yield Violation.of(f"{event.model} ends without a tag, though version {best} is registered", entry)
            elif known[tagged[event.model]] < known[best]:
                message = f"{event.model} ends with version {tagged[event.model]}, though version {best} is better"
                yield Violation.of(message, entry)
