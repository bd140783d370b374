"""Entries of a user's own project: a folder, an entry point, a file; everything that lists or runs knows them."""

import importlib
import operator
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.run.sweep import spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim import plugins, registry
from gateway_sim.scenarios.sim.plugins import KINDS, OURS, VARIABLE, PluginRefused, add_folder

RACE = '''
"""A race of a user's own."""
from gateway_sim import Settings
from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.races import TRAINING, connect_at_once

origin = "a test"
settings = Settings(stale=2, lag_s=4.0)
promises = TRAINING
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing):
    return "broken" if pairing.gateway.name == "not-found" and pairing.client.name != "exactly-once" else "kept"
'''
POLICY = '''
from dataclasses import dataclass
from typing import ClassVar
from gateway_sim.miss_policies import Refuse


@dataclass(frozen=True)
class Later:
    """503 for every miss."""

    name: ClassVar[str] = "{name}"

    def on_miss(self, miss):
        return Refuse(503, "later", "Later", "try again", {{"Retry-After": "1"}})
'''

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Give a function that writes a file of the user's folder, which then is added to this process."""
    monkeypatch.setenv(VARIABLE, "")

    own = tmp_path / tmp_path.name  # each test's folder has a name of its own, as each user's has

    def written(path: str, text: str) -> Path:
        whole = own / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_text(textwrap.dedent(text).lstrip())
        importlib.invalidate_caches()
        plugins._modules_of.cache_clear()
        add_folder(own)
        return whole

    return written


def test_a_folder_adds_a_race_and_says_where_it_comes_from(write: Write) -> None:
    """Its origin is the folder; those of this project keep theirs."""
    path = write("races/my_race.py", RACE)
    assert "my-race" in races.names()
    assert races.load("my-race").summary == "A race of a user's own."
    assert races.load("my-race").source == str(path.parents[1])
    assert races.load("fresh-route").source == OURS


def test_files_of_one_folder_import_each_other(write: Write) -> None:
    """A race imports its promise relatively, without any `__init__.py`."""
    promise = '"""A promise."""\n\n\ndef it_is_kept(trace):\n    """It is kept."""\n    return iter(())\n'
    write("promises/it_is_kept.py", promise)
    write("races/own_promise.py", RACE + "\n\nfrom ..promises.it_is_kept import it_is_kept\npromises = [it_is_kept]\n")
    assert [promise.__name__ for promise in races.load("own-promise").promises] == ["it_is_kept"]
    assert "it-is-kept" in registry.functions(KINDS["promises"])


def test_a_race_can_be_named_by_its_file(write: Write) -> None:
    """Without its folder being named."""
    path = write("races/my_race.py", RACE)
    assert str(path) in races.known(str(path))
    assert races.load(str(path)).source == str(path)


def test_a_name_that_exists_twice_is_refused_with_both_places(write: Write) -> None:
    """One of this project's, and one of the user's."""
    path = write("races/fresh_route.py", RACE)
    with pytest.raises(PluginRefused) as refused:
        races.names()
    assert "'fresh-route' exists twice" in str(refused.value)
    assert "gateway_sim.scenarios.races.fresh_route (gateway-sim)" in str(refused.value)
    assert str(path.parents[1]) in str(refused.value)


def test_a_policys_name_that_exists_twice_is_refused_too(write: Write) -> None:
    """Its name is that of its class, whatever its file is called."""
    write("gateway_policies/mine.py", POLICY.format(name="hold"))
    with pytest.raises(PluginRefused, match="'hold' exists twice"):
        registry.classes(KINDS["gateway_policies"])


def test_a_module_that_cannot_be_imported_is_one_sentence(write: Write) -> None:
    """It names the place, the module and the error."""
    path = write("races/bad.py", "import no_such_library\n")
    with pytest.raises(PluginRefused) as refused:
        races.load("bad")
    assert str(refused.value).startswith(str(path.parents[1]))
    assert "No module named 'no_such_library'" in str(refused.value)


def test_a_race_that_lacks_a_part_is_one_sentence(write: Write) -> None:
    """It names the file and the part."""
    path = write("races/half.py", RACE.replace("origin =", "story ="))
    with pytest.raises(PluginRefused, match=f"{path} has no `origin`"):
        races.load("half")


@pytest.mark.parametrize(
    ("folder", "told"), [("absent", "there is no such folder"), ("empty", "has none of the folders")]
)
def test_a_folder_that_adds_nothing_is_refused(tmp_path: Path, folder: str, told: str) -> None:
    """A typing error would otherwise look like a race that is not there."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(PluginRefused, match=told):
        add_folder(tmp_path / folder)


def test_an_installed_package_adds_its_modules_by_an_entry_point(tmp_path: Path) -> None:
    """Its distribution's name and version are the origin."""
    site = tmp_path / "site"
    package = site / "acme_routing" / "races"
    package.mkdir(parents=True)
    (site / "acme_routing" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "installed_race.py").write_text(RACE.lstrip())
    about = site / "acme_routing-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-routing\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[gateway_sim.races]\nacme = acme_routing.races\n")
    asked = "from gateway_sim.scenarios import races; print(races.load('installed-race').source)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(Path(__file__).parents[3])])}
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, env=env, timeout=120)
    assert told.stdout.strip() == "acme-routing 1.2", told.stderr


def test_an_object_of_a_users_folder_reaches_another_process(write: Write) -> None:
    """A search sends policies to its workers, which were started anew."""
    write("gateway_policies/mine.py", POLICY.format(name="mine"))
    mine = registry.classes(KINDS["gateway_policies"])["mine"]()
    assert list(spread(operator.attrgetter("name"), [mine] * 2, Workers(2), chunk=1)) == ["mine", "mine"]


def test_folders_of_one_name_keep_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of them are three packages; each one that is added again keeps its own."""
    folders = [tmp_path / place / "alike-by-name" for place in "abc"]
    monkeypatch.setenv(VARIABLE, "")
    for folder in folders:
        (folder / "races").mkdir(parents=True)
    packages = [plugins._folder(str(folder)) for folder in folders]
    stem = f"{plugins.FOLDERS}.alike_by_name"
    assert packages == [stem, f"{stem}_2", f"{stem}_3"]
    assert [plugins._folder(str(folder)) for folder in folders] == packages
    assert [importlib.import_module(package).__path__ for package in packages] == [[str(one)] for one in folders]


def test_an_entry_point_names_a_package_a_module_or_nothing_that_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package adds each module in it, a module itself; a broken one is refused with its name and its error."""
    (tmp_path / "declared_kinds").mkdir()
    for name in ("declared_kinds/__init__.py", "declared_kinds/some_race.py", "declared_alone.py"):
        (tmp_path / name).touch()
    about = tmp_path / "declared-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 1.2\n")
    declared = about / "entry_points.txt"
    declared.write_text("[gateway_sim.races]\na = declared_kinds\nb = declared_alone\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [entry for entry in plugins._declared("races") if entry.origin == "declared 1.2"] == [
        plugins.Entry("some-race", "declared_kinds.some_race", "declared 1.2"),
        plugins.Entry("declared-alone", "declared_alone", "declared 1.2"),
    ]
    declared.write_text("[gateway_sim.races]\nc = declared_nowhere\n")
    told = r"entry point 'c' of gateway_sim.races \(declared 1.2\): ModuleNotFoundError: No module named 'declared_nowh"
    with pytest.raises(PluginRefused, match=told):
        list(plugins._declared("races"))


def test_folders_of_a_process_are_named_once_for_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order in which they were added; another process imports from them."""
    monkeypatch.setenv(VARIABLE, "")
    assert plugins.options() == []
    folders = [tmp_path / name for name in ("first-of-two", "second-of-two")]
    for folder in folders:
        (folder / "races").mkdir(parents=True)
    packages = [add_folder(folder) for folder in [*folders, *folders]]
    assert packages == [f"gateway_sim_plugins.{name}" for name in ("first_of_two", "second_of_two")] * 2
    assert os.environ[VARIABLE] == os.pathsep.join(map(str, folders))
    assert plugins.options() == ["--plugins", str(folders[0]), "--plugins", str(folders[1])]
    for package in packages[:2]:
        del sys.modules[package]
    plugins.make_importable()
    assert [sys.modules[package].__path__ for package in packages[:2]] == [[str(one)] for one in folders]
    root = sys.modules["gateway_sim_plugins"]
    assert (root.__name__, root.__path__, root.first_of_two) == (plugins.FOLDERS, [], sys.modules[packages[0]])
    assert sys.modules[packages[0]].__name__ == packages[0]


def test_a_single_file_is_imported_from_its_folder_or_from_the_folder_of_its_kind(tmp_path: Path) -> None:
    """A file that is not there, or cannot be imported, is refused by its path."""
    for place in ("loose.py", "races/of_kind.py", "races/bad.py"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("import no_such_library\n" if "bad" in place else f"PLACE = {place!r}\n")
    stem = re.sub(r"\W", "_", tmp_path.name)
    loose, of_kind = (plugins.module_of(tmp_path / place) for place in ("loose.py", "races/of_kind.py"))
    assert (loose.PLACE, of_kind.PLACE) == ("loose.py", "races/of_kind.py")
    assert loose.__name__.endswith(f"{stem}.loose")
    assert of_kind.__name__.endswith(f"{stem}.races.of_kind")
    with pytest.raises(PluginRefused, match=f"^{tmp_path / 'absent.py'} does not exist; name a file of Python$"):
        plugins.module_of(tmp_path / "absent.py")
    with pytest.raises(PluginRefused, match=f"^{tmp_path / 'races' / 'bad.py'}: gateway_sim_plugins.*cannot be impor"):
        plugins.module_of(tmp_path / "races" / "bad.py")


def test_this_projects_own_modules_fail_with_their_own_error() -> None:
    """A defect of ours has its traceback."""
    with pytest.raises(ModuleNotFoundError):
        plugins.import_entry(plugins.Entry("absent", "gateway_sim.scenarios.races.absent", OURS))


def test_a_kind_that_users_cannot_add_to_has_only_our_modules() -> None:
    """By name, in alphabetical order, each from this project."""
    found = plugins.modules("gateway_sim.scenarios.search.mutations")
    assert [one.name for one in found] == sorted(one.name for one in found)
    assert {one.origin for one in found} == {OURS}
    assert {one.module for one in found} == {
        f"gateway_sim.scenarios.search.mutations.{one.name.replace('-', '_')}" for one in found
    }
    assert plugins.entries("gateway_sim.scenarios.search.mutations") == {one.name: one for one in found}
