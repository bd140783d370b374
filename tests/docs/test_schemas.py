"""The published schemas are those that the types make, and the page of what is stable names each."""

import json
import re

import pydantic
import pytest

from gateway_sim.scenarios.apps.documents import KINDS
from gateway_sim.scenarios.apps.documents.schema import json_schema
from tests.house import ROOT

SCHEMAS = ROOT / "docs" / "schemas"
PINNED = re.findall(r"^pydantic==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
WRITE = "run: gateway-sim schema --into docs/schemas"


@pytest.mark.skipif(pydantic.VERSION not in PINNED, reason="another pydantic words the same schema in another way")
@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_generated(kind: str) -> None:
    """A type that changed: the file is written anew."""
    assert json.loads((SCHEMAS / f"{kind}.json").read_text()) == json_schema(kind), WRITE


def test_every_file_is_of_a_kind() -> None:
    """A schema without a document would mislead its readers."""
    assert {path.stem for path in SCHEMAS.iterdir()} == set(KINDS)


def test_the_page_names_every_kind() -> None:
    """docs/stable.md is where a reader looks for them."""
    page = (ROOT / "docs" / "stable.md").read_text()
    assert [kind for kind in KINDS if f"(schemas/{kind}.json)" not in page] == []
