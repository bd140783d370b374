"""Settings of a story: bounds are refused by name, and the half-fixed variant omits one part of the fix."""

import asyncio
import contextlib
from dataclasses import dataclass, fields, replace

import pytest

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.workloads.sandbox import (
    Sandbox,
    SandboxSettings,
    above_zero,
    at_least,
    cancelled,
    one_of,
)
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A story with a bounded number of each kind, and a fix of two parts."""

    steps: int = at_least(2, 6)
    load: float = above_zero(0.5)
    omits: str = one_of("key", "check")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"steps": 1}, "steps is 1; it must be 2 or more"),
        ({"load": 0.0}, r"load is 0\.0; it must be above 0"),
        ({"load": -1.0}, r"load is -1\.0; it must be 0 or more"),
        ({"omits": "lock"}, "omits is 'lock'; it must be one of key, check"),
        ({"variant": "mended"}, "variant is 'mended'; it must be one of broken, half-fixed, fixed"),
    ],
)
def test_a_value_out_of_bounds_is_refused(words, sentence):
    """With the setting's name and its bound."""
    with pytest.raises(SettingsRefused, match=sentence):
        Settings(**words)


def test_a_bound_that_other_settings_imply_is_refused():
    """With the settings that imply it: a user may have set one of these only."""
    Settings().require("steps", 6, "twice pods")
    with pytest.raises(SettingsRefused, match=r"steps is 6; it must be 7 or more, which is twice pods and one$"):
        Settings().require("steps", 7, "twice pods and one")


SENTENCES = {("cleared-run", "watch_s")}
"""The bounds, by story and setting, that say no formula."""


def test_the_formula_that_a_bound_says_is_its_own(monkeypatch):
    """Of each story's settings, and with each number another one than its default."""
    told, formulas = [], set()
    monkeypatch.setattr(SandboxSettings, "require", lambda settings, *bound: told.append((settings, *bound)))
    for name in stories.names():
        usual, told = stories.load(name).settings, []
        for n, one in enumerate(fields(usual)):
            value = getattr(usual, one.name)
            if type(value) in (int, float) and value > 1:
                with contextlib.suppress(SettingsRefused):
                    replace(usual, **{one.name: value + type(value)(n + 1)})
        for settings, bounded, least, formula in told:
            if (name, bounded) not in SENTENCES:
                formulas.add((name, bounded))
                assert eval(formula, {"__builtins__": {}}, vars(settings)) == pytest.approx(least), formula
    assert len(formulas) > 14


@pytest.mark.parametrize(
    ("variant", "omits", "omitted", "has"),
    [
        ("broken", "key", "", []),
        ("half-fixed", "key", "key", ["check"]),
        ("half-fixed", "check", "check", ["key"]),
        ("fixed", "check", "", ["key", "check"]),
    ],
)
def test_each_variant_has_its_parts_of_the_fix(variant, omits, omitted, has):
    """The broken one none, the fixed one all, the half-fixed one all but the omitted part."""
    settings = Settings(variant=variant, omits=omits)
    assert settings.omitted == omitted
    assert [part for part in settings.parts if settings.has(part)] == has


def test_a_story_without_a_choice_has_no_parts():
    """And its half-fixed variant omits nothing by name."""
    assert SandboxSettings("half-fixed").parts == ()
    assert SandboxSettings("half-fixed").omitted == ""


def test_a_cancelled_task_that_failed_before_is_no_finding() -> None:
    """Its error is raised; the end of one that ran is not."""

    async def failing() -> None:
        raise AttributeError("a defect")

    async def story() -> None:
        tasks = [asyncio.create_task(failing()), asyncio.create_task(asyncio.sleep(60.0))]
        await asyncio.sleep(0)
        with pytest.raises(AttributeError, match="a defect"):
            await cancelled(*tasks)
        assert tasks[1].cancelled()

    asyncio.run(story())


@pytest.mark.parametrize("after_s", [0.0, 5.0])
def test_a_story_ends_with_the_error_that_a_timer_reported(after_s: float) -> None:
    """No task would raise it; and a story that has nothing more to wait for ends with it too."""
    ended_s = []

    async def story(sandbox: Sandbox[SandboxSettings]) -> None:
        loop = asyncio.get_running_loop()
        if not after_s:
            sandbox.fail(OSError("no server"))
            return
        loop.call_later(after_s, sandbox.fail, OSError("no server"))
        try:
            await asyncio.sleep(1000.0)
        finally:
            ended_s.append(sandbox.now_s)

    async def played() -> None:
        async with Sandbox(Seeds(0), Trace(), SandboxSettings()) as sandbox:
            with pytest.raises(OSError, match="no server"):
                await sandbox.play(story)
            await asyncio.sleep(1.0)

    clock.run(played())
    assert ended_s == [after_s] * bool(after_s)
