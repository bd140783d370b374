"""A pytest plugin: run a test of your own client against a live stack, once for each world, and check the promises.

    @pytest.mark.race("fresh-route", gateway=["not-found", "route-not-ready"], lag_s=2)
    def test_training_survives_a_fresh_route(live_stack):
        train(base_url=live_stack.base_url, api_key=live_stack.api_key, job=live_stack.job)

`@pytest.mark.race(*races, gateway="not-found", balance="per-connection", engine="live", seeds=1, settle_s=10,
limit_s=300, **settings)`: races, gateway policies and balances may be lists; the test runs once for each combination
and seed. Settings are those of `gateway-sim run --set`. Without the mark the world is `healthy`. A test that runs for
`limit_s` seconds is interrupted. With `engine="virtual"` the test runs in virtual time, in a process of its own. The
plugin checks the race's promises when the test function ends, with or without an error. A broken one fails the test;
the message has the promise, the command that replays the run, and the path of the trace. `--race-evidence DIR` keeps
traces and timelines there. The JUnit report has the same facts.

`gateway_command="node gateway.js"` races a gateway of yours in place of a policy, live, with `gateway_replicas`
instances that answer `gateway_ready` when they are ready; `gateway_app="module:app"` races an ASGI application of
yours, with `engine="virtual"` in virtual time (docs/your-own-gateway.md).

pytest imports this file at its start in every repository where gateway-sim is installed. So it imports nothing but
pytest and the standard library, and the rest of the project only for a test that uses the fixture.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack

FIXTURE = "live_stack"
MARK = (
    "race(*races, gateway, gateway_command, gateway_app, balance, engine, seeds, settle_s, limit_s, **settings): "
    "run once in each such world (gateway-sim)"
)

STACK: pytest.StashKey[LiveStack] = pytest.StashKey()
"""The open stack of a test."""
INTERRUPTED: pytest.StashKey[list[str]] = pytest.StashKey()
"""The evidence of interrupted tests, which have no report."""
IDS: pytest.StashKey[dict[str, tuple[str, list[str]]]] = pytest.StashKey()
"""The file of each raced test function, and the ids of its worlds."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--race-evidence`."""
    group = parser.getgroup("gateway-sim", "races against a training platform's gateway")
    group.addoption("--race-evidence", metavar="DIR", help="Keep the trace of every raced test in this folder.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses the fixture once for each world that its marks name."""
    if not uses_our_fixture(metafunc.definition):
        return
    from gateway_sim.scenarios.apps.pytest_plugin.worlds import WorldRefused, worlds

    marks = reversed(list(metafunc.definition.iter_markers("race")))
    try:
        found = worlds([(mark.args, mark.kwargs) for mark in marks])
    except WorldRefused as refused:
        pytest.fail(f"{metafunc.definition.nodeid}: {refused}", pytrace=False)
    ids = [world.id for world in found]
    metafunc.config.stash.setdefault(IDS, {})[metafunc.definition.nodeid] = (str(metafunc.definition.path), ids)
    metafunc.parametrize(FIXTURE, found, ids=ids, indirect=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Prepare a test in virtual time. Fail a test that names one of our races and would not play it."""
    world: Any = getattr(getattr(item, "callspec", None), "params", {}).get(FIXTURE)
    if (
        world is not None
        and isinstance(item, pytest.Function)
        and uses_our_fixture(item)
        and world.plan.spec.engine == "virtual"
    ):
        from gateway_sim.scenarios.apps.pytest_plugin.virtual_test import take_over

        take_over(item, world)
    named = [word for mark in item.iter_markers("race") for word in mark.args if names_a_race(word)]
    if not named or FIXTURE in getattr(getattr(item, "callspec", None), "params", {}):
        return
    said = f"{item.nodeid} names the race {named[0]} and does not ask for {FIXTURE}"
    todo = f"add {FIXTURE} to the arguments of the test"
    if is_of_unittest(item):
        said, todo = f"{item.nodeid} names the race {named[0]}", "a race needs a test function outside of unittest"
        todo += f" that has {FIXTURE} among its arguments"
    pytest.fail(f"{said}: {todo}", pytrace=False)


@pytest.fixture
def live_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[LiveStack]:
    """A gateway, its route table, a control plane and a trainer pod, live on loopback, in the world of the test's mark.

    The race begins when pytest sets up the fixture; the lag of its replicas counts from the first miss.
    """
    if not hasattr(request, "param"):
        pytest.fail(f"{request.node.nodeid}: {FIXTURE} must be an argument of a test function", pytrace=False)
    from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack

    stack = LiveStack(request.param, tmp_path_factory)
    request.node.stash[STACK] = stack
    try:
        stack.open()
        yield stack
    finally:
        del request.node.stash[STACK]
        stack.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge the world when the test has ended: after the coroutine of an async test too, whatever plugin runs it."""
    stack = item.stash.get(STACK, None)
    if stack is None:
        return (yield)
    from gateway_sim.scenarios.apps.pytest_plugin.judging import interrupted_at_its_limit, judged

    with judged(item, stack), interrupted_at_its_limit(item, stack):
        return (yield)


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Let a debugger take its time: no limit interrupts a test of this session from now on."""
    config.stash[DEBUGGED] = True


DEBUGGED: pytest.StashKey[bool] = pytest.StashKey()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the evidence of interrupted tests."""
    for text in config.stash.get(INTERRUPTED, ()):
        terminalreporter.section("gateway-sim: interrupted")
        terminalreporter.write_line(text)


def uses_our_fixture(definition: pytest.Function) -> bool:
    """Say whether a test uses this plugin's fixture: a fixture of the user's own may have its name.

    A fixture of the user's that extends ours asks for it under the same name.
    """
    for fixture in reversed(definition._fixtureinfo.name2fixturedefs.get(FIXTURE, ())):
        if fixture.func.__module__ == __name__:
            return True
        if FIXTURE not in fixture.argnames:
            return False
    return False


def is_of_unittest(item: pytest.Item) -> bool:
    """Say whether a test is a method of a `unittest.TestCase`, which takes no arguments."""
    import unittest

    return issubclass(getattr(item, "cls", None) or object, unittest.TestCase)


def names_a_race(word: object) -> bool:
    """Say whether a mark's word is the name of a race: other projects may have a mark `race` too."""
    # neither imports a race
    from gateway_sim.scenarios.sim.plugins import KINDS, entries
    from gateway_sim.scenarios.sim.renamed import RENAMED

    return isinstance(word, str) and (word in RENAMED["race"] or word in entries(KINDS["races"]))
