"""A registry that moves an existing tag without checking that it still is what the promoter read."""

from typing import Any

from gateway_sim.control_plane.models.registry import Registry
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "models"
guards = [StoryGuard("promotion-race", "the best version is tagged", settings={"trials": "20"})]


@replacing(Registry, "_put")
def break_it(put: Any, registry: Registry, what: str, item: Any, condition: str = "", *more: Any) -> Any:
    """Drop the condition on the token of a tag; the first tag of a model is still set once."""
    if what == "tag" and condition.startswith("#token"):
        return put(registry, what, item)
    return put(registry, what, item, condition, *more)
