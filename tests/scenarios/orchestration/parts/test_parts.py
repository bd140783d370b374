"""A part of the user's own: it is checked before any work, takes the place of ours, and clears what was expected."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from gateway_sim import run
from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.control_plane.models.promotion import Tag, Version
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration import parts, ports, stories
from gateway_sim.scenarios.orchestration.parts import PartRefused
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.sim.plugins import PluginRefused

HERE = "tests.scenarios.orchestration.parts.test_parts"
OURS = "gateway_sim.scenarios.orchestration.ports.{}:own"
PAGE = Path(__file__).parents[4] / "docs" / "parts.md"
FEW = {"trials": "3", "draws": "1"}


class LastWord:
    """A registry in memory, as they are used: the tag names whatever was written last."""

    def __init__(self, sandbox: Any, *, model: str) -> None:
        """Begin without a version."""
        self._scores: dict[int, float] = {}
        self._moves: list[Tag] = []

    def register(self, version: Version) -> None:
        """Keep the score of a version."""
        self._scores[version.version] = version.score

    def tag(self) -> Tag | None:
        """Return the last move."""
        return self._moves[-1] if self._moves else None

    def move_tag(self, version: int, read: Tag | None) -> Tag:
        """Move, whatever was read."""
        self._moves.append(Tag(version, self._scores[version], len(self._moves) + 1))
        return self._moves[-1]


class Awaited(LastWord):
    """The same registry with a method that its caller must await, which no story does."""

    async def tag(self) -> Tag | None:  # type: ignore[override]
        """Return the last move."""
        return super().tag()


def made_in_vain(sandbox: Any, **words: Any) -> object:
    """Make what is no part."""
    return "a string"


not_callable = 7


def played(story: str, port: str, part: str, **settings: str) -> StoryResult:
    """Play a story with a part of ours, named by its place."""
    result = run(story, parts={port: part}, settings=settings)
    assert isinstance(result, StoryResult)
    return result


@pytest.mark.slow
@pytest.mark.parametrize(
    ("story", "port", "settings"),
    [
        ("promotion-race", "registry", FEW),
        ("promotion-race", "registry", {**FEW, "variant": "fixed"}),
        ("dead-holder", "limit", {"variant": "half-fixed", "runs": "4", "limit": "2"}),
        ("dead-holder", "limit", {"variant": "fixed", "runs": "4", "limit": "2"}),
        ("backfill-starvation", "limit", {"variant": "broken"}),
        ("backfill-starvation", "limit", {"variant": "half-fixed", "omits": "atomicity"}),
        ("backfill-starvation", "limit", {"variant": "fixed"}),
        ("backfill-partitions", "dataset", {"variant": "fixed", "cities": "4"}),
        ("backfill-partitions", "dataset", {"variant": "half-fixed", "omits": "city", "cities": "4"}),
        ("partial-partition", "gate", {"variant": "fixed", "lists": "4"}),
        ("backfill-turns-green", "gate", {"variant": "fixed", "lists": "4"}),
        ("image-drift", "image", {"variant": "fixed", "steps": "4", "days": "4"}),
        ("upgraded-runtime", "image", {"variant": "fixed", "steps": "4"}),
        ("manual-backfill", "lock", {"variant": "fixed", "days": "8"}),
        ("gpu-fragmentation", "scheduler", {"variant": "fixed", "jobs": "80"}),
        ("gpu-fragmentation", "scheduler", {"variant": "half-fixed", "omits": "fewest", "jobs": "80"}),
        ("preempt-resume", "checkpoints", {"variant": "fixed", "saving": "background"}),
        ("preempt-resume", "checkpoints", {"variant": "half-fixed", "omits": "durability", "steps": "8"}),
    ],
)
def test_our_own_part_through_its_port_plays_the_same_story(story: str, port: str, settings: dict[str, str]) -> None:
    """Event by event, so what a port reports of a part is what ours reports itself."""
    through, without = played(story, port, OURS.format(port), **settings), run(story, settings=settings)
    assert (through.digest, through.verdict) == (without.digest, without.verdict)


def test_a_part_that_checks_nothing_breaks_the_fixed_story() -> None:
    """The promoters do all that the fix asks of them, and the registry does not."""
    result = played("promotion-race", "registry", f"{HERE}:LastWord", variant="fixed", **FEW)
    assert result.verdict == "broken"
    assert "the best version is tagged" in {violation.promise for violation in result.violations}


class Newest(Environments):
    """A registry of images without digests that stay: each is built anew from the newest content."""

    def __init__(self, sandbox):
        super().__init__(*sandbox.table("environments"), emit=lambda event: None)

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        self._items.put("newest", {"value": {"S": content}})
        return super().push(tag, content)

    def content(self, repository: str, digest: str) -> str:
        """Return the newest content."""
        return self._get("newest")


def test_images_whose_digest_does_not_stay_break_the_fixed_story() -> None:
    """The platform resolves the digest once, and another image runs under it."""
    result = played("image-drift", "image", f"{HERE}:Newest", variant="fixed", steps="4")
    assert result.verdict == "broken"
    assert "preprocessing makes the same of the same" in {violation.promise for violation in result.violations}


class Rows:
    """A lock of rows that any run may write: it has a lease, and looks for no other holder."""

    def __init__(self, sandbox, *, name, lease_s):
        self._rows = sandbox.rows = getattr(sandbox, "rows", {})

    def holder(self, key, now_s):
        """Find no holder."""

    def acquire(self, key, holder, now_s):
        """Write the row."""
        token = self._rows.get(key, ("", 0))[1] + 1
        self._rows[key] = (holder, token)
        return token

    def renew(self, key, holder, now_s):
        """Say that the lease was renewed."""
        return True

    def release(self, key, holder):
        """Say that the key is free."""
        return True


class Pid(Rows):
    """A file with the number of a process: the next one finds it there, whether or not the process lives."""

    def holder(self, key, now_s):
        """Return the process of the file."""
        return self._rows.get(key, (None, 0))[0]


@pytest.mark.parametrize(
    ("part", "watch_s", "promise"),
    [("Rows", "3000", "no day is computed by two runs at once"), ("Pid", "14400", "no partition is lost")],
)
def test_a_lock_that_is_none_or_has_no_lease_breaks_the_fixed_story(part: str, watch_s: str, promise: str) -> None:
    """One gives a day to all, the other never again."""
    few = {"days": "8", "rows": "1", "watch_s": watch_s}
    result = played("manual-backfill", "lock", f"{HERE}:{part}", variant="fixed", **few)
    assert promise in {violation.promise for violation in result.violations}


def test_nothing_is_expected_of_a_part_and_the_replay_names_it() -> None:
    """As of a user's own gateway: without an expectation the story must be kept."""
    result = played("promotion-race", "registry", f"{HERE}:LastWord", variant="broken", **FEW)
    assert result.expected is None
    assert not result.as_expected
    assert f"--part registry={HERE}:LastWord" in result.replay
    assert result.document()["parts"] == {"registry": f"{HERE}:LastWord"}
    assert f"registry={HERE}:LastWord" in result.name


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("acme.nowhere:make", "ModuleNotFoundError: No module named 'acme'"),
        (f"{HERE}:absent", "has no attribute 'absent'"),
        (f"{HERE}:not_callable", "is 7; name a function or a class that makes the part"),
        (f"{HERE}:made_in_vain", "what it makes has no register, tag, move_tag; docs/parts.md lists them"),
        (f"{HERE}:Awaited", "what it makes has no tag without async; docs/parts.md lists them"),
        ("builtins:open", "cannot be made: TypeError"),
    ],
)
def test_a_part_that_cannot_be_used_is_refused_before_any_work(part: str, told: str) -> None:
    """By its words, with what is wrong with it."""
    with pytest.raises(PartRefused, match="--part registry=") as refused:
        played("promotion-race", "registry", part)
    assert told in str(refused.value)


def test_words_that_name_nothing_are_refused_with_the_nearest_name() -> None:
    """A port, a part, a story without such a part, and a race."""
    with pytest.raises(UnknownWord, match="no port is called 'registri'; did you mean registry"):
        played("promotion-race", "registri", "x:y")
    with pytest.raises(UnknownWord, match="no part for registry is called 'mlflo'; did you mean mlflow"):
        played("promotion-race", "registry", "mlflo")
    with pytest.raises(PartRefused, match="dead-holder does not put a registry under test; it takes limit"):
        played("dead-holder", "registry", "x:y")
    with pytest.raises(PartRefused, match="stragglers does not put a gate under test; it takes no part of yours"):
        played("stragglers", "gate", "x:y")
    with pytest.raises(SettingsRefused, match="fresh-route is a race; --part is for stories"):
        run("fresh-route", parts={"registry": "x:y"})


def test_a_part_whose_library_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is imported."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mlflow" else find(name))
    with pytest.raises(
        PartRefused, match=r"--part registry=mlflow needs mlflow; run: pip install 'gateway-sim\[mlflow\]'"
    ):
        parts._by_name("registry", "mlflow")


def test_every_port_that_a_story_takes_is_there_and_every_port_is_taken() -> None:
    """A port that no story uses is not built."""
    taken = {port for name in stories.names() for port in stories.load(name).parts}
    assert taken == set(ports.names())


def test_every_named_part_fills_a_port() -> None:
    """And names the library that it needs with its extra."""
    from gateway_sim.scenarios.sim import registry

    for name in registry.names(parts.__name__):
        about = registry.written(parts.__name__, name)
        assert about["port"] in ports.names()
        assert bool(about.get("needs")) == bool(about.get("extra"))


def test_a_folder_of_the_users_own_has_named_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it has races and policies."""
    folder = tmp_path / "plugins" / "parts"
    folder.mkdir(parents=True)
    own = "from gateway_sim.scenarios.orchestration.ports.registry import own as make\n"
    (folder / "acme_registry.py").write_text(f'"""Acme\'s registry."""\n{own}\nport = "registry"\n')
    (folder / "half_written.py").write_text('"""Nothing."""\nport = "registry"\n')
    monkeypatch.setenv("GATEWAY_SIM_PLUGINS", str(tmp_path / "plugins"))
    assert "acme-registry" in parts.names("registry")
    assert played("promotion-race", "registry", "acme-registry", variant="fixed", **FEW).verdict == "kept"
    with pytest.raises(PluginRefused, match="has no `make`"):
        played("promotion-race", "registry", "half-written")


FAILING = """\
import sys

class Registry:
    def __init__(self, sandbox, *, model): pass
    def register(self, version): {register}
    def tag(self): return None
    def move_tag(self, version, read): {move_tag}
"""
DISK_GONE = "raise OSError('the disk is gone')"


@pytest.mark.parametrize(
    ("register", "move_tag", "told"),
    [
        ("sys.exit(0)", "pass", "SystemExit: 0"),
        (DISK_GONE, "pass", "OSError: the disk"),
        ("pass", DISK_GONE, "OSError: the disk"),
    ],
)
def test_a_part_that_fails_in_its_story_is_named_and_never_a_success(
    register: str,
    move_tag: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also one that ends the process with status 0, or that fails while the story waits for the tag to move.

    The story was not played, and not every clause was held.
    """
    name = f"failing_{len(register)}_{len(move_tag)}"
    (tmp_path / f"{name}.py").write_text(FAILING.format(register=register, move_tag=move_tag))
    monkeypatch.syspath_prepend(str(tmp_path))
    part = f"{name}:Registry"
    with pytest.raises(SystemExit) as ended:
        main(["run", "promotion-race", "--set", "variant=fixed", "--part", f"registry={part}"])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert f"--part registry={part}: promotion-race ended with {told}" in error
    assert f"gateway-sim contract registry --part {part}" in error
    assert "Traceback" not in error
    missed = [finding.result == "missed" for finding in hold("registry", parts.checked("registry", part))]
    assert any(missed)
    assert all(missed) or register == "pass"


def test_a_module_that_ends_the_process_where_it_is_imported_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a script without a guard of its main."""
    (tmp_path / "a_script_of_theirs.py").write_text("raise SystemExit(0)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PartRefused, match="--part registry=a_script_of_theirs:x: SystemExit: 0"):
        parts.checked("registry", "a_script_of_theirs:x")


def test_a_part_is_made_once_for_all_seeds() -> None:
    """The check costs a sandbox, and a sweep has many plans."""
    made = []

    def counted(sandbox: Any, *, model: str) -> LastWord:
        made.append(model)
        return LastWord(sandbox, model=model)

    globals()["counted"] = counted
    parts.checked("registry", f"{HERE}:counted")
    parts.checked("registry", f"{HERE}:counted")
    assert made == ["probe"]


def test_the_part_of_the_page_keeps_its_contract_and_its_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is imported from the folder in which the command runs."""
    (block,) = re.findall(r"```python\n# acme_registry.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "acme_registry.py").write_text(block)
    monkeypatch.chdir(tmp_path)
    part = "acme_registry:Registry"
    assert [one.saw for one in hold("registry", parts.checked("registry", part)) if one.saw] == []
    assert played("promotion-race", "registry", part, variant="fixed", **FEW).verdict == "kept"


def test_the_scheduler_of_the_page_keeps_its_contract_and_its_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With moves beside it; alone it strands GPUs, as every placement does."""
    (block,) = re.findall(r"```python\n# acme_scheduler.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "acme_scheduler.py").write_text(block)
    monkeypatch.chdir(tmp_path)
    part = "acme_scheduler:LargestFirst"
    assert [one.saw for one in hold("scheduler", parts.checked("scheduler", part)) if one.saw] == []
    few = {"jobs": "80"}
    assert played("gpu-fragmentation", "scheduler", part, variant="fixed", **few).verdict == "kept"
    alone = played("gpu-fragmentation", "scheduler", part, variant="half-fixed", omits="consolidation", **few)
    assert {violation.promise for violation in alone.violations} == {"no gpu idles while a job would fit"}


def test_the_page_lists_every_method_of_every_port() -> None:
    """A part that lacks one is refused with a reference to the page."""
    page = PAGE.read_text()
    assert [name for port in ports.names() for name in ports.methods(port) if f"`{name}(" not in page] == []
