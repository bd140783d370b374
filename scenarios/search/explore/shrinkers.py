"""The ways to make a world smaller. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from gateway_sim.scenarios.search.explore.acts import Act
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.settings import Settings

LEAST: Final = {
    "clients": 1, "steps": 1, "replicas": 1, "stale": 0, "microbatches": 1, "batch": 1, "length": 2,
}  # fmt: skip
"""Settings of which fewer is simpler, whatever the default, with the smallest value of each."""
ROUND: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""The seconds that are tried instead of longer ones."""

Change = Mapping[str, Any]
"""Fields of a world and their new values; `settings` holds only the changed ones."""
Way = Callable[[GeneratedCase], Iterator[Change]]
"""A world -> changes that make it smaller, the largest first; some make a world that contradicts itself."""


def smaller(way: Way, world: GeneratedCase) -> Iterator[GeneratedCase]:
    """Yield the smaller worlds of a way, without those that contradict themselves."""
    for change in way(world):
        try:
            settings = replace(world.settings, **change.get("settings", {}))
            yield replace(world, **{**change, "settings": settings})
        except SettingsRefused:
            continue


def fewer_acts(world: GeneratedCase) -> Iterator[Change]:
    """No act, one act less, or two dependent acts less."""
    acts = world.acts
    if len(acts) > 1:
        yield {"acts": ()}
    for n in reversed(range(len(acts))):
        yield {"acts": acts[:n] + acts[n + 1 :]}
    if {"preempt", "late-delete"} <= {act.verb for act in acts}:
        yield {"acts": tuple(act for act in acts if act.verb not in ("preempt", "late-delete"))}


def fewer_of_each(world: GeneratedCase) -> Iterator[Change]:
    """Fewer clients, steps, replicas and sequences: the fewest, half as many, one less."""
    for name, least in LEAST.items():
        now = getattr(world.settings, name)
        for fewer in dict.fromkeys((least, now // 2, now - 1)):
            if least <= fewer < now:
                yield {"settings": {name: fewer}}
    s = world.settings
    if s.replicas > s.stale > 0:
        yield {"settings": {"replicas": s.replicas - 1}}
    if s.replicas > 1 and s.stale > 1:
        yield {"settings": {"replicas": s.replicas - 1, "stale": s.stale - 1}}


def as_usual(world: GeneratedCase) -> Iterator[Change]:
    """The default settings, or those of the race: all at once, then each."""
    usual = world.plain()
    changed = [name for name in world.changes() if name not in LEAST]
    if len(changed) > 1:
        yield {"settings": {name: getattr(usual, name) for name in changed}}
    for name in changed:
        yield {"settings": {name: getattr(usual, name)}}


def rounder(world: GeneratedCase) -> Iterator[Change]:
    """Fewer and rounder seconds, and earlier acts."""
    usual = world.plain()
    for f in fields(Settings):
        now = getattr(world.settings, f.name)
        if isinstance(now, float) and now != getattr(usual, f.name):
            yield from ({"settings": {f.name: low}} for low in ROUND if low < now)
    for n, act in enumerate(world.acts):
        for name in ("delay_s", "for_s", "by_s"):
            now = getattr(act, name)
            changes: list[dict[str, Any]] = [{name: low} for low in ROUND if low < now]
            yield from (_with_act(world, n, replace(act, **change)) for change in changes)
        yield from (_with_act(world, n, replace(act, after_step=step)) for step in range(act.after_step))


def plainer_chance(world: GeneratedCase) -> Iterator[Change]:
    """The usual balancer, and the first seeds."""
    if world.balance != "per-connection":
        yield {"balance": "per-connection"}
    yield from ({"seed": seed} for seed in range(min(3, world.seed)))


WAYS: Final[tuple[Way, ...]] = (fewer_acts, fewer_of_each, as_usual, rounder, plainer_chance)


def _with_act(world: GeneratedCase, n: int, act: Act) -> Change:
    return {"acts": (*world.acts[:n], act, *world.acts[n + 1 :])}
