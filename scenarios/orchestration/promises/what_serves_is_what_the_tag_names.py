"""Operators rely on the tag, and users get the answers of the serving version."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gateway_sim.control_plane.events import DeployRefused, TagMoved, VersionDeployed
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    PromotionsSettled,
    RolloutBounded,
    WatchEnded,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace

KINDS = (TagMoved, VersionDeployed, DeployRefused, PromotionsSettled, WatchEnded)


@dataclass(frozen=True)
class Stretch:
    """From `since_s` to `until_s` the tag of a model named `tag` while `serves` served (None: nothing yet).

    `settled`: no rollout was under way, because this tag's own deploy had ended, or its time was over.
    """

    model: str
    since_s: float
    until_s: float
    tag: int
    serves: int | None
    settled: bool


def what_serves_is_what_the_tag_names(trace: Trace) -> Iterator[Violation]:
    """What serves is what the tag names: from the end of a promotion's deploy until the next move of the tag.

    A deploy that has not ended when its time is over counts as ended, so a promoter that died before it is found too.
    Where a rollout has no such time, it is over when all promotions have ended.
    """
    for model in dict.fromkeys(entry.event.model for entry in trace.of(TagMoved)):
        wrong = drifting(stretches(trace, model))
        if wrong:
            first, lasted_s = wrong[0], sum(s.until_s - s.since_s for s in wrong)
            yield Violation(
                f"the tag of {model} named version {first.tag} while "
                f"{f'version {first.serves}' if first.serves else 'none'} served, for {lasted_s:.0f} s",
                first.since_s,
                _witness(trace, first),
            )


def _witness(trace: Trace, drift: Stretch) -> tuple[Entry, ...]:
    """Return the events at which a drift began, or else the move of its tag."""
    own = [entry for entry in trace.of(*KINDS) if entry.event.model == drift.model and entry.at_s <= drift.since_s]
    began = tuple(entry for entry in own if entry.at_s == drift.since_s)
    return began or tuple(entry for entry in own if isinstance(entry.event, TagMoved))[-1:]


def drifting(found: list[Stretch]) -> list[Stretch]:
    """Return the stretches in which tag and deployment differ although no rollout was under way."""
    return [stretch for stretch in found if stretch.settled and stretch.tag != stretch.serves]


def stretches(trace: Trace, model: str) -> list[Stretch]:
    """Return the times between changes of a model's tag or deployment, from its first promotion on."""
    found: list[Stretch] = []
    within_s = next((e.event.within_s for e in trace.of(RolloutBounded) if e.event.model == model), math.inf)
    tag, token, serves, settled, since_s, due_s = 0, 0, None, False, 0.0, math.inf
    for entry in trace.of(*KINDS):
        event = entry.event
        if event.model != model or (isinstance(event, PromotionsSettled) and within_s < math.inf):
            continue
        if tag and not settled and since_s <= due_s < entry.at_s:
            if due_s > since_s:
                found.append(Stretch(model, since_s, due_s, tag, serves, settled))
            since_s, settled = due_s, True
        if tag and entry.at_s > since_s:
            found.append(Stretch(model, since_s, entry.at_s, tag, serves, settled))
        since_s = entry.at_s
        if isinstance(event, TagMoved):
            tag, token, settled, due_s = event.version, event.token, False, entry.at_s + within_s
        elif isinstance(event, WatchEnded):
            break
        elif isinstance(event, PromotionsSettled):
            settled = True
        else:
            serves = event.version if isinstance(event, VersionDeployed) else serves
            settled = settled or event.token == token
    return found
