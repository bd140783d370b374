"""The one JSON document that a command prints with `--json`."""

import json
from collections.abc import Mapping
from typing import Any

from gateway_sim.scenarios.apps.documents import schema_word


def printed(kind: str, document: Mapping[str, Any]) -> None:
    """Print a document of a kind of `KINDS` on stdout, at once."""
    print(text_of(kind, document), flush=True)


def text_of(kind: str, document: Mapping[str, Any]) -> str:
    """Return a document as JSON; the first field names its schema."""
    return json.dumps({"schema": schema_word(kind), **document})
