"""A node that runs an image under its own digest with the layers of the image that was pushed last."""

from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "models"
guards = [StoryGuard("image-drift", "preprocessing makes the same of the same")]


def break_it(put: Put) -> None:
    """Remember the content of the last push, and return it for every digest."""
    newest: dict[str, str] = {}
    push = Environments.push

    def pushed(images: Environments, tag: str, content: str) -> str:
        newest["content"] = content
        return push(images, tag, content)

    put(Environments, "push", pushed)
    put(Environments, "content", lambda images, repository, digest: newest["content"])
