"""A registry that deploys an earlier promotion after a later one."""

from typing import Any

from gateway_sim.control_plane.models.registry import Registry
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "models"
guards = [StoryGuard("promotion-race", "what serves is what the tag names")]


@replacing(Registry, "_put")
def break_it(put: Any, registry: Registry, what: str, item: Any, *conditions: Any) -> Any:
    """Drop the condition on the token of a deploy."""
    return put(registry, what, item) if what == "deployed" else put(registry, what, item, *conditions)
