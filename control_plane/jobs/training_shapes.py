"""The training shapes: for each base model one, in one version, as fireworks-ai resolves it before it makes a trainer.

See docs/reference/protocol.md §3. A shape is of the account that owns the base model, and every account may read it.
There is no accelerator to name: its type is unspecified and its number 0. Pure.
"""

from collections.abc import Mapping
from typing import Any, Final

OWNER: Final = "gateway-sim"
VERSION: Final = "1"
CONTEXTS: Final[Mapping[str, int]] = {"bytes-32": 1024, "bytes-1024": 1024, "tokens-32000-64-context-8192": 8192}
"""The shapes, each with the most tokens that its base model reads at once; `OWNER/SHAPE` is the base model."""


class NoSuchShape(LookupError):
    """There is no such training shape or version; the message names those there are."""


class UnfitShape(ValueError):
    """A job's training shape is of another base model than the job."""


def version_of(owner: str, shape: str, version: str = VERSION) -> dict[str, Any]:
    """Return a shape's version as fireworks-ai reads it. Raises `NoSuchShape`."""
    if owner != OWNER or shape not in CONTEXTS or version != VERSION:
        asked = f"accounts/{owner}/trainingShapes/{shape}/versions/{version}"
        known = ", ".join(f"accounts/{OWNER}/trainingShapes/{name}" for name in CONTEXTS)
        raise NoSuchShape(f"there is no {asked}; there are {known}, each with version {VERSION}")
    return {
        "name": f"accounts/{OWNER}/trainingShapes/{shape}/versions/{VERSION}",
        "validated": True,
        "latestValidated": True,
        "snapshot": {
            "baseModel": f"{OWNER}/{shape}",
            "trainerMode": "LORA_TRAINER",
            "maxSupportedContextLength": CONTEXTS[shape],
            "nodeCount": 1,
            "acceleratorType": "ACCELERATOR_TYPE_UNSPECIFIED",
            "acceleratorCount": 0,
            "trainerShardingScheme": {"pipelineParallelism": 1},
        },
    }


def check_shape(asked: str, base_model: str | None) -> None:
    """Check the training shape that a job is created with: `accounts/OWNER/trainingShapes/SHAPE[/versions/VERSION]`.

    Raises `NoSuchShape`, or `UnfitShape` where the job names another base model.
    """
    match asked.split("/"):
        case ["accounts", owner, "trainingShapes", shape]:
            snapshot = version_of(owner, shape)["snapshot"]
        case ["accounts", owner, "trainingShapes", shape, "versions", version]:
            snapshot = version_of(owner, shape, version)["snapshot"]
        case _:
            raise NoSuchShape(f"{asked!r} is not of the form accounts/OWNER/trainingShapes/SHAPE[/versions/VERSION]")
    if base_model is not None and base_model != snapshot["baseModel"]:
        raise UnfitShape(f"{asked} is for {snapshot['baseModel']}, not for {base_model}; take the shape of that model")
