"""A pytest plugin: run a test of your own client against a live stack, once for each world, and check the promises.

    @pytest.mark.race("fresh-route", gateway=["not-found", "route-not-ready"], lag_s=2)
    def test_training_survives_a_fresh_route(live_stack):
        train(base_url=live_stack.base_url, api_key=live_stack.api_key, job=live_stack.job)

`@pytest.mark.race(*races, gateway="not-found", balance="per-connection", seeds=1, settle_s=10, **settings)`: races,
gateway policies and balances may be lists; the test runs once for each combination and seed. Settings are those of
`gateway-sim run --set`. Without the mark the world is `healthy`. The plugin checks the race's promises when the test
function ends. A broken one fails the test; the message has the promise, the command that replays the run, and the
path of the trace. `--race-evidence DIR` keeps traces and timelines there. The JUnit report has the same facts.

The plugin imports the rest of the project only for a test that uses the fixture, so other tests start without delay.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack

FIXTURE = "live_stack"
MARK = "race(*races, gateway, balance, seeds, settle_s, **settings): run the test once in each such world (gateway-sim)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--race-evidence`."""
    group = parser.getgroup("gateway-sim", "races against a training platform's gateway")
    group.addoption("--race-evidence", metavar="DIR", help="Keep the trace of every raced test in this folder.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses the fixture once for each world that its marks name."""
    marks = list(metafunc.definition.iter_markers("race"))
    if FIXTURE not in metafunc.fixturenames:
        if any(names_a_race(word) for mark in marks for word in mark.args):
            pytest.fail(f"{metafunc.definition.nodeid} names a race and does not ask for {FIXTURE}", pytrace=False)
        return
    from gateway_sim.scenarios.apps.pytest_plugin.worlds import WorldRefused, worlds

    try:
        found = worlds([(mark.args, mark.kwargs) for mark in reversed(marks)])
    except WorldRefused as refused:
        pytest.fail(f"{metafunc.definition.nodeid}: {refused}", pytrace=False)
    metafunc.parametrize(FIXTURE, found, ids=[world.id for world in found], indirect=True)


@pytest.fixture
def live_stack(request: pytest.FixtureRequest) -> Generator[LiveStack]:
    """A gateway, its route table, a control plane and a trainer pod, live on loopback, in the world of the test's mark.

    The race begins when pytest sets up the fixture: name it last.
    """
    from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack

    stack = LiveStack(request.param)
    try:
        stack.open()
        yield stack
    finally:
        stack.close()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge the world by the race's promises when the test function ends."""
    stack: Any = pyfuncitem.funcargs.get(FIXTURE)
    if stack is None:
        return (yield)
    from gateway_sim.scenarios.apps.pytest_plugin.evidence import Evidence

    try:
        returned = yield
    except Exception as error:
        # a skip and an interrupt are no `Exception`: they prove nothing about the world
        evidence = Evidence.of(stack.conclude(error), pyfuncitem)
        error.add_note(evidence.text())
        raise
    evidence = Evidence.of(stack.conclude(None), pyfuncitem)
    if not evidence.kept:
        pytest.fail(evidence.text(), pytrace=False)
    return returned


def names_a_race(word: object) -> bool:
    """Say whether a mark's word is the name of a race: other projects may have a mark `race` too."""
    from gateway_sim.scenarios.sim.renamed import RENAMED

    races = Path(__file__).parents[2] / "races"
    return isinstance(word, str) and (word in RENAMED["race"] or (races / f"{word.replace('-', '_')}.py").exists())
