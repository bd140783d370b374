"""Operators rely on the tag, and users get the answers of the serving version."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway_sim.control_plane.events import DeployRefused, TagMoved, VersionDeployed
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import WatchEnded
from gateway_sim.scenarios.sim.trace import Trace

KINDS = (TagMoved, VersionDeployed, DeployRefused, WatchEnded)


@dataclass(frozen=True)
class Stretch:
    """From `since_s` to `until_s` the tag of a model named `tag` while `serves` served (None: nothing yet).

    `settled`: the deploy of this tag had ended, so no rollout was under way.
    """

    model: str
    since_s: float
    until_s: float
    tag: int
    serves: int | None
    settled: bool


def what_serves_is_what_the_tag_names(trace: Trace) -> Iterator[Violation]:
    """What serves is what the tag names: from the end of a promotion's deploy until the next move of the tag."""
    for model in dict.fromkeys(entry.event.model for entry in trace.of(TagMoved)):
        wrong = drifting(stretches(trace, model))
        if wrong:
            first, lasted_s = wrong[0], sum(s.until_s - s.since_s for s in wrong)
            yield Violation(
                f"the tag of {model} named version {first.tag} while version {first.serves} served, "
                f"for {lasted_s:.0f} s",
                first.since_s,
                tuple(e for e in trace.of(*KINDS) if e.event.model == model and e.at_s == first.since_s),
            )


def drifting(found: list[Stretch]) -> list[Stretch]:
    """Return the stretches in which tag and deployment differ although no rollout was under way."""
    return [stretch for stretch in found if stretch.settled and stretch.tag != stretch.serves]


def stretches(trace: Trace, model: str) -> list[Stretch]:
    """Return the times between changes of a model's tag or deployment, from its first promotion on."""
    found: list[Stretch] = []
    tag, token, serves, settled, since_s = 0, 0, None, False, 0.0
    for entry in trace.of(*KINDS):
        event = entry.event
        if event.model != model:
            continue
        if tag and entry.at_s > since_s:
            found.append(Stretch(model, since_s, entry.at_s, tag, serves, settled))
        since_s = entry.at_s
        if isinstance(event, TagMoved):
            tag, token, settled = event.version, event.token, False
        elif isinstance(event, WatchEnded):
            break
        else:
            serves = event.version if isinstance(event, VersionDeployed) else serves
            settled = settled or event.token == token
    return found
