"""A registry whose tag moves whatever the promoter read: a part that breaks the fixed `promotion-race`."""

from typing import Any

from gateway_sim.control_plane.models.promotion import Tag
from gateway_sim.scenarios.orchestration.ports import registry
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox


class Lax:
    """This project's registry, without its look at the tag that the promoter read."""

    def __init__(self, sandbox: Sandbox[Any], *, model: str) -> None:
        self._own = registry.own(sandbox, model=model)
        self.register, self.tag = self._own.register, self._own.tag

    def move_tag(self, version: int, read: Tag | None) -> Tag:
        """Move the tag whatever was read."""
        return self._own.move_tag(version, self._own.tag())


PART = f"{__name__}:{Lax.__name__}"
