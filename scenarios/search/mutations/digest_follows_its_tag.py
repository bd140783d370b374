"""A registry of images that answers for a digest with the image that was pushed last."""

from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "models"
guards = [
    StoryGuard("image-drift", "a job runs in one image"),
    StoryGuard("resume-on-latest", "a run is made of one snapshot and one image"),
]


def break_it(put: Put) -> None:
    """Remember the digest of the last push, and resolve every digest to it."""
    newest: dict[str, str] = {}
    push, resolve = Environments.push, Environments.resolve

    def pushed(images: Environments, tag: str, content: str) -> str:
        newest["digest"] = push(images, tag, content)
        return newest["digest"]

    def resolved(images: Environments, reference: str) -> str:
        return newest["digest"] if "@" in reference else resolve(images, reference)

    put(Environments, "push", pushed)
    put(Environments, "resolve", resolved)
