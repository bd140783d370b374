"""A plain installation has no torch: what trains nothing works, and the rest says what to install."""

import json

import pytest

from tests.packaging.conftest import Installation

pytestmark = pytest.mark.dist

HEAVY = ("torch", "numpy", "moto", "uvicorn", "google.protobuf", "jinja2")
PARTS = """
import importlib.util, sys
import gateway_sim
from gateway_sim.app import Gateway
from gateway_sim.client import ReconnectableClient
from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, StaleReadClient
from gateway_sim.upstream import Upstream
print(gateway_sim.LeasedGeneration().name, [name for name in sys.argv[1:] if importlib.util.find_spec(name)])
"""


def test_the_list_is_complete(light: Installation) -> None:
    """Every shelf has entries, from the installed files."""
    shelves = json.loads(light.call("gateway-sim", "list", "--json").stdout)
    assert {"fresh-route", "zombie-pod"} <= {race["name"] for race in shelves["races"]}
    assert all(shelves.values())


@pytest.mark.parametrize("name", ["fresh-route", "mlflow", "lag_s", "limit_times"])
def test_a_name_is_explained(light: Installation, name: str) -> None:
    """Though some scenarios cannot be imported."""
    assert "try: gateway-sim " in light.call("gateway-sim", "explain", name).stdout


def test_the_wrapper_the_gateway_and_the_client_are_there_and_torch_is_not(light: Installation) -> None:
    """For a reader of a table, for pods of one's own, for a platform that is there already."""
    parts = light.call("python", "-c", PARTS, *(name for name in HEAVY if "." not in name)).stdout
    assert parts == "leased-generation []\n"


@pytest.mark.parametrize("words", [("run", "healthy"), ("verify",), ("serve", "healthy"), ("demo",), ("proposal",)])
def test_a_command_that_needs_the_laboratory_says_what_to_install(light: Installation, words: tuple[str, ...]) -> None:
    """In one sentence."""
    said = light.call("gateway-sim", *words, status=1).stderr
    assert said.splitlines()[-1].endswith("is not installed; run: pip install 'gateway-sim[lab]'"), said
    assert "Traceback" not in said
