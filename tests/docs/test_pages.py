"""What README and docs show is so: every command is understood, quick ones are played, code runs.

Commands that take seconds are played by `pytest -m slow tests/docs`.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway_sim.scenarios.apps.cli import app, main, without_plugins
from gateway_sim.scenarios.apps.cli.catalogue import catalogue, filled
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, named
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.plugins import VARIABLE, add_folder

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
STORIES = sorted((ROOT / "docs" / "stories").glob("*.md"))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`gateway-sim ([a-z][^`…]*)`")
ELSEWHERE = {
    "make": "it installs, and CI begins with it",
    "pip": "it installs",
    "uv": "it installs, and tests/packaging does so",
    "pipx": "it installs, and tests/packaging does so",
    "uvx": "it installs, and tests/packaging does so",
    "pytest": "tests/examples plays it",
    "git": "tests/examples plays it",
    "benchmarks": "it measures, for minutes",
    "benchmarks.others": "it measures, for minutes",
    "dask": "tests/scenarios/run/test_cluster.py starts a cluster",
    "--scheduler": "tests/scenarios/run/test_cluster.py starts a cluster",
    "--store": "test_the_page_of_stores_runs plays these in order",
    "--from": "test_the_page_of_stores_runs plays these in order",
    "--dynamodb-endpoint": "it needs an endpoint, and tests/scenarios/engines/live has one",
    "sdk": "it installs, and CI does so",
    "--sdk": "it needs a real SDK, and tests/sdk has them",
    "serve": "it runs until it is stopped, and tests/scenarios/apps/cli/test_serve.py plays it",
    "dynamodb": "it runs until it is stopped, and tests/scenarios/apps/cli/test_dynamodb.py plays it",
    "new": "tests/scenarios/apps/cli/test_new.py plays it",
    "--gateway-command": "it needs Node.js, and tests/gateways plays it",
    "--part": "it needs systems of others, and tests/adapters plays them",
    "--gateway-app": "tests/scenarios/engines/guest/test_app_gateway.py plays applications",
    "--script": "tests/scenarios/engines/guest plays scripts",
    "my-race": "tests/scenarios/apps/cli/test_new.py writes it",
    "demo": "it runs until it is stopped, and tests/scenarios/apps/demo plays it",
    "fault": "it needs a served world, and tests/scenarios/apps/cli/test_serve.py has one",
    "curl": "it needs a served world, and tests/scenarios/apps/cli/test_serve.py has one",
    "parity": "it needs real SDKs",
    "conformance": "it needs real SDKs",
    "FOLDER/openb_node_list_gpu_node.csv": "tests/scenarios/apps/cli/test_fleet.py plays it, where the trace is",
    "stories": "it takes minutes, and tests/docs/test_stories.py plays it",
    "contract": "it takes half a minute, and tests/scenarios/apps/cli/test_contract.py plays it",
}
"""Words whose commands are not played here, and why."""
MOST_SEEDS = 20


@dataclass(frozen=True)
class Command:
    """A command that a page shows, and the exit status that the page says it has."""

    page: str
    words: tuple[str, ...]
    status: int = 0

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"

    @property
    def elsewhere(self) -> bool:
        """Say whether it is not played here."""
        known = {word for word in self.words if word in ELSEWHERE}
        return bool(known - {"--sdk"}) or ("--sdk" in known and "live" in self.words)

    @property
    def quick(self) -> bool:
        """Say whether it takes less than a second: a log, one race in virtual time, or a few of its seeds."""
        if self.words[:2] == ("gateway-sim", "judge"):
            return True
        seeds = next((int(n) for word, n in zip(self.words, self.words[1:], strict=False) if word == "--seeds"), 1)
        a_race = self.words[:2] == ("gateway-sim", "run") and self.words[2] not in stories.names()
        return a_race and "live" not in self.words and seeds <= MOST_SEEDS


def blocks(page: Path, language: str) -> list[str]:
    """Return a page's fenced blocks of a language."""
    return [body for kind, body in FENCED.findall(page.read_text()) if kind == language]


def commands() -> Iterator[Command]:
    """Yield the commands in the pages' `sh` blocks, each once; a remark `# exit 1` tells the status."""
    seen: dict[tuple[str, ...], Command] = {}
    for page in [*PAGES, *STORIES]:
        for line in "\n".join(blocks(page, "sh")).splitlines():
            said, _, remark = line.partition("#")
            told = re.search(r"exit (\d)", remark)
            if shown := tuple(shlex.split(said)):
                seen.setdefault(shown, Command(page.name, shown, int(told[1]) if told else 0))
    yield from seen.values()


SHOWN = list(commands())
PLAYED = [command for command in SHOWN if not command.elsewhere]
ADDING = ROOT / "docs" / "adding.md"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the examples, as the project's has."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of the page about adding, once: a folder's modules are looked for when it is first added."""
    home = tmp_path_factory.mktemp("adding")
    (home / "examples").symlink_to(ROOT / "examples")
    for block in blocks(ADDING, "python"):
        found = re.match(r"# (plugins/[\w/]+/\w+\.py)\n", block)
        assert found, "each block of this page is a file, and names it in its first line"
        path = home / found[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block)
    return home / "plugins"


@pytest.fixture
def added(plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside the files of the page about adding, for a test that writes nothing."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.chdir(plugins.parent)
    add_folder(plugins)


@pytest.fixture
def added_here(here: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put these files in place, in a folder `plugins/` that a command may name."""
    monkeypatch.setenv(VARIABLE, "")
    (here / "plugins").symlink_to(plugins)
    add_folder(here / "plugins")


@cache
def whole_command() -> Any:
    """Return the command line as click knows it; to make it costs as much as to parse a command."""
    return typer.main.get_command(app)


def status_of(said: tuple[str, ...]) -> object:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(said))
    return ended.value.code


def parsed(said: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    """Return the command and the options of these words. Raises what the command line would."""
    command, rest = whole_command(), without_plugins(list(said))
    context = command.make_context("gateway-sim", list(rest))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
        rest = rest if hasattr(command, "resolve_command") else []
    return str(context.info_name), context.params


def check_words(said: tuple[str, ...]) -> None:
    """Understand a command without playing it; a race's settings and names too."""
    name, told = parsed(said)
    if name == "run":
        sets = dict(pair.split("=") for pair in told["sets"] or ())  # type: ignore[attr-defined]
        casting = {part: told[part] for part in ("race", "client", "gateway", "balance", "engine") if told[part]}
        # a version that was not measured has a profile once it is installed
        sdk = named(str(told["sdk"])).name if told["sdk"] else "tinker-0.15"
        sdk = sdk if sdk in SDKS else "tinker-0.38"
        if (spec := RunSpec(**casting, sdk=sdk, settings=sets)).race in POSSIBLE:  # type: ignore[arg-type]
            resolve(spec)


POSSIBLE = {entry["name"] for shelf in ("races", "orchestration") for entry in catalogue()[shelf]}


@pytest.mark.parametrize("command", [c for c in SHOWN if c.words[0] == "gateway-sim"], ids=str)
def test_every_command_is_understood(command: Command, added: None) -> None:
    """No page shows an option, a race or a setting that is not there."""
    check_words(command.words[1:])


@pytest.mark.parametrize("page", [*PAGES, *STORIES], ids=lambda page: page.name)
def test_every_command_in_a_sentence_is_understood(page: Path) -> None:
    """The same for those within the text; a placeholder such as RACE stands for what is not given."""
    for said in INLINE.findall(FENCED.sub("", page.read_text())):
        shown = tuple(shlex.split(said))
        if any(re.fullmatch("[A-Z]+", word) for word in shown) or len(shown) == 1:
            assert shown[0] in whole_command().commands, said
        else:
            check_words(shown)


def test_every_command_is_played_or_known_to_be_played_elsewhere() -> None:
    """A new kind of command in a page must say who plays it."""
    unknown = [
        str(c)
        for c in PLAYED
        if c.words[0] != "gateway-sim" and c.words[:3] != ("python", "-m", "gateway_sim.trainer_pod")
    ]
    assert unknown == []


@pytest.mark.parametrize("command", [c for c in PLAYED if c.quick], ids=str)
def test_a_quick_command_does_what_its_page_says(command: Command, added_here: None) -> None:
    """It ends with the status that the page gives, or with 0."""
    assert status_of(command.words[1:]) == command.status


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in PLAYED if not c.quick], ids=str)
def test_a_slow_command_does_what_its_page_says(command: Command, here: Path) -> None:
    """In a process of its own: sockets, processes, many seeds."""
    own = command.words[1:] if command.words[0] == "python" else ("-m", "gateway_sim", *command.words[1:])
    ended = subprocess.run([sys.executable, *own], capture_output=True, text=True, timeout=600)
    assert ended.returncode == command.status, ended.stderr


def test_the_page_of_the_library_runs() -> None:
    """As it stands, asserts and all."""
    (code,) = blocks(ROOT / "docs" / "stable.md", "python")
    exec(compile(code, "docs/stable.md", "exec"), {})


@pytest.mark.slow
def test_the_page_of_stale_reads_runs(here: Path) -> None:
    """Its blocks are one file of tests; aioboto3's is left out where its botocore does not fit beside ours."""
    kept = [code for code in blocks(ROOT / "docs" / "stale-reads.md", "python") if _can_run(code)]
    (here / "test_routes.py").write_text("\n".join(kept))
    own = ("-m", "pytest", "-q", "-p", "no:cacheprovider", str(here / "test_routes.py"))
    ended = subprocess.run([sys.executable, *own], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.slow
def test_the_page_of_stores_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its commands in order, and then its own reader of the rows."""
    pytest.importorskip("pyarrow", reason="the extra store is not installed")
    page = ROOT / "docs" / "beyond-one-machine.md"
    shown = [one for one in SHOWN if one.page == page.name and {"--store", "--from"} & set(one.words)]
    for command in shown:
        if "--scheduler" not in command.words:
            assert (command.page, status_of(command.words[1:])) == (page.name, command.status)
    assert (here / "tournament.html").exists()
    (code,) = blocks(page, "python")
    capsys.readouterr()
    exec(compile(code, page.name, "exec"), {})
    assert "fresh-route" in capsys.readouterr().out


def _can_run(code: str) -> bool:
    return "import aioboto3" not in code or find_spec("aioboto3") is not None


@pytest.mark.slow
def test_the_ci_page_runs(here: Path) -> None:
    """Its tests pass in all of their worlds."""
    shown = {
        code.splitlines()[0].removeprefix("# "): code for code in blocks(ROOT / "docs" / "in-your-ci.md", "python")
    }
    for name, code in shown.items():
        (here / name).write_text(code)
    own = ("-m", "pytest", "-q", "-p", "gateway_sim", *shown)
    ended = subprocess.run([sys.executable, *own], capture_output=True, text=True, timeout=300)
    assert "8 passed" in ended.stdout, ended.stdout


def test_the_tables_of_names_are_the_codes_own() -> None:
    """A name that came or went, or a docstring that was reworded: `gateway-sim list --into PAGE` says it anew."""
    shelves = catalogue()
    for page in PAGES:
        text = page.read_text()
        assert filled(text, shelves, page.parent) == text, f"run: gateway-sim list --into {page.relative_to(ROOT)}"
