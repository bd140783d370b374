"""A folder as a registry: what each file holds, by its name, and where it comes from."""

import types

import pytest

from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.plugins import KINDS, OURS, PluginRefused

POLICIES = KINDS["client_policies"]
PROMISES = KINDS["promises"]


def test_the_names_of_a_folder_are_those_of_its_files_in_alphabetical_order():
    """With dashes; a folder in it is none, and neither is the file of the folder itself."""
    names = registry.names(PROMISES)
    assert names == sorted(names)
    assert {"the-run-finishes", "no-busy-polling"} <= set(names)
    assert not [name for name in names if "_" in name]
    assert registry.origin(PROMISES, "the-run-finishes") == OURS == "gateway-sim"


def test_a_file_has_a_function_of_its_name():
    """Or it is refused with its path and the page that says what belongs there."""
    loaded = registry.load(PROMISES, "the-run-finishes")
    assert registry.functions(PROMISES)["the-run-finishes"] is registry.part(loaded, "the_run_finishes")
    empty = types.ModuleType("empty")
    empty.__file__ = "/a/user/empty.py"
    with pytest.raises(PluginRefused) as refused:
        registry.part(empty, "empty")
    assert str(refused.value) == "/a/user/empty.py has no `empty`; docs/adding.md says what such a file holds"


def test_the_classes_of_a_folder_are_known_by_their_name():
    """Those that a file imports, and those without a name that is a word, are none of it."""
    found = registry.classes(POLICIES)
    assert {name: kind.name for name, kind in found.items()} == {name: name for name in found}
    assert {kind.__module__.removeprefix(f"{POLICIES}.") for kind in found.values()} >= {"plain", "exactly_once"}
    assert registry.from_outside(POLICIES, found) == {}


def test_what_is_written_in_a_file_is_read_without_its_import():
    """Its docstring, and the words that are assigned to a name; no number and no other value."""
    found = registry.written(KINDS["races"], "healthy")
    assert found == {
        "__doc__": "Nothing goes wrong: every replica knows the route before the job is RUNNING.",
        "origin": "PR 348, the happy path of its table",
    }


def test_a_summary_is_the_first_line():
    """Of what an object says of itself; nothing where it says nothing."""
    assert registry.first_line("\n  One line.\n\n  More.\n") == "One line."
    assert registry.first_line("") == ""
    assert registry.summary(registry.summary) == "Return the first line of an object's docstring."
    assert registry.summary(types.SimpleNamespace(__doc__=None)) == ""
