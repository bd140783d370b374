"""A pipeline that adopts an image without its golden batch."""

from typing import Any

from gateway_sim.control_plane.models.adoption import Adoption
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "models"
guards = [
    StoryGuard("upgraded-runtime", "no run fails in its runtime"),
    StoryGuard("upgraded-runtime", "preprocessing makes the same of the same"),
]


@replacing(Adoption, "adopt")
def break_it(adopt: Any, adoption: Adoption, reference: str, golden: object = None) -> str:
    """Check nothing."""
    digest: str = adopt(adoption, reference)
    return digest
