"""A pipeline whose adopted image is the one that its tag names now."""

from gateway_sim.control_plane.models.adoption import Adoption
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "models"
guards = [StoryGuard("upgraded-runtime", "what serves is as good as it was")]


def break_it(put: Put) -> None:
    """Resolve the tag whenever the digest is asked for."""
    put(Adoption, "digest", lambda adoption: adoption._images.resolve("runtime:latest"))
