"""Base models by their names, which say their shape: what a model reads, and how wide it is. Pure.

| name | vocabulary | width | context |
| --- | --- | --- | --- |
| gateway-sim/bytes-64 | 256: tokens are bytes | 64 | 1024 |
| gateway-sim/tokens-32000-64 | 32,000 | 64 | 1024 |
| gateway-sim/bytes-64-context-8192, gateway-sim/tokens-32000-64-context-8192 | as above | 64 | 8192 |
| any other | 256 | 32 | 1024 |

The shape is in the name, and not in a setting, because a checkpoint fits only models of its own shape.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway_sim.trainer_pod.refusals import OperationRefused

BYTES: Final = 256
WIDTH: Final = 32
CONTEXT: Final = 1024
WIDEST: Final = 4096
LARGEST: Final = 2**26
"""The most numbers in one table of a model: 256 MiB."""
_NAMED = re.compile(r"gateway-sim/(?:bytes|tokens-(\d{1,9}))-(\d{1,9})(?:-context-(\d{1,9}))?")


@dataclass(frozen=True)
class Shape:
    """The number of different tokens, the width of the model, and the most tokens that it reads at once."""

    vocabulary: int = BYTES
    width: int = WIDTH
    context: int = CONTEXT


def tokenizer_of(base_model: str) -> str | None:
    """Return the folder of a model's tokenizer, as `transformers` reads it; None if its tokens are not bytes."""
    return str(Path(__file__).parent / "byte_tokenizer") if shape_of(base_model).vocabulary == BYTES else None


def shape_of(base_model: str) -> Shape:
    """Return the shape in a base model's name. Raises OperationRefused for one that no model has."""
    named = _NAMED.fullmatch(base_model)
    if named is None:
        return Shape()
    vocabulary, context = int(named[1] or BYTES), int(named[3] or CONTEXT)
    width = int(named[2])
    if width % WIDTH or not 0 < width <= WIDEST:
        raise OperationRefused(f"{base_model!r} has no such width; take a multiple of {WIDTH} up to {WIDEST}")
    for what, rows in (("vocabulary", vocabulary), ("context", context)):
        if not 0 < rows <= LARGEST // width:
            raise OperationRefused(f"{base_model!r} has no such {what}; at width {width} take 1 to {LARGEST // width}")
    return Shape(vocabulary, width, context)
