"""The built wheel with its extra `lab`, in an empty environment and an empty folder: the commands work."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.packaging.conftest import Installation

pytestmark = pytest.mark.dist

ANY_PORT = ("--port", "0", "--gateway-port", "0", "--admin-port", "0")


@contextmanager
def running(lab: Installation, *words: str) -> Iterator[dict[str, Any]]:
    """Start a command that serves; yield the document that it prints, and end it as Ctrl-C does."""
    process = subprocess.Popen(
        lab.command("gateway-sim", *words, "--json"),
        cwd=lab.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        yield json.loads(told) if told else pytest.fail(process.communicate()[1])
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()


def test_only_one_name_is_installed(lab: Installation) -> None:
    """A user's own `client` or `scenarios` is hidden by nothing."""
    paths = "import sysconfig, pathlib; print(*(p.name for p in pathlib.Path(sysconfig.get_path('purelib')).iterdir()))"
    names = set(lab.call("python", "-c", paths).stdout.split())
    assert {name for name in names if name.startswith("gateway")} == {
        "gateway_sim", next(name for name in names if name.startswith("gateway_sim-"))
    }  # fmt: skip
    assert not names & {"client", "scenarios", "control_plane", "trainer_pod", "tests"}


def test_the_import_is_light(lab: Installation) -> None:
    """The name alone brings neither torch nor moto nor FastAPI."""
    heavy = {"torch", "moto", "fastapi", "boto3", "numpy", "pydantic"}
    assert lab.call("python", "-c", f"import sys, gateway_sim; print({heavy} & {{*sys.modules}})").stdout == "set()\n"


def test_every_race_is_verified(lab: Installation) -> None:
    """What the tree says, the wheel says; stories whose libraries are missing are left out."""
    document = json.loads(lab.call("gateway-sim", "verify", "--json").stdout)
    assert document["unexpected"] == 0
    assert len(document["runs"]) > 300


def test_the_module_is_the_command(lab: Installation) -> None:
    """`python -m gateway_sim` writes the page of a run."""
    lab.call("python", "-m", "gateway_sim", "run", "fresh-route", "--html", "run.html", status=0)
    assert "fresh-route" in (lab.folder / "run.html").read_text()


def test_a_world_is_served_with_its_pods(lab: Installation) -> None:
    """The pods' processes find their code in the installation."""
    with running(lab, "serve", "healthy", *ANY_PORT) as told, urllib.request.urlopen(f"{told['admin']}/trace") as trace:
        assert "pod listening" in trace.read().decode()


def test_the_demo_has_its_page(lab: Installation) -> None:
    """The page, its style and its script are in the wheel."""
    with running(lab, "demo", "--port", "0", "--seeds", "1") as told, urllib.request.urlopen(told["page"]) as page:
        assert "EventSource" in page.read().decode()


def test_the_proposal_is_written(lab: Installation) -> None:
    """From runs of the wheel's own code and templates."""
    lab.call("gateway-sim", "proposal", "--out", "proposal.md")
    assert "route_not_ready" in (lab.folder / "proposal.md").read_text()


def test_a_page_gets_its_table_of_names(lab: Installation) -> None:
    """From docstrings in the installed files."""
    (lab.folder / "page.md").write_text("<!-- names: races -->\n<!-- end -->\n")
    lab.call("gateway-sim", "list", "--into", "page.md")
    assert "`zombie-pod`" in (lab.folder / "page.md").read_text()


def test_the_sdks_are_listed(lab: Installation) -> None:
    """Installed or not."""
    assert json.loads(lab.call("gateway-sim", "sdk", "list", "--no-index", "--json").stdout)["sdks"]
