"""A test of pytest's as the guest: its file is collected once, and each fork runs one of its tests in virtual time.

The process that is forked is configured as an xdist worker is: with the option values of the session that started it,
without a terminal, a debugger, or plugins that would look at the real clock. Each phase of the test is reported with
pytest's own report and with the facts of its exception.
"""

import base64
import contextlib
import json
import os
import pickle
import sys

import pytest
from _pytest.config import get_config
from _pytest.runner import runtestprotocol

from .boot import named
from .kernel import kernel

FIXTURE = "live_stack"
NOT_HERE = ("terminal", "rerunfailures")
"""Plugins that print, and that serve other processes."""
MOST_INTERRUPTS = 3
"""How often a test is interrupted; one that goes on is ended with its process."""


class LiveStack:
    """The world as the test sees it: plain facts, and questions that the world answers at once."""

    def __init__(self, facts, channel):
        self.__dict__.update(facts)
        self._channel = channel

    def __repr__(self):
        return f"<live_stack at {self.base_url} in virtual time>"

    def __getattr__(self, name):
        raise AttributeError(f'live_stack has no {name} in virtual time; set engine="live" if the test needs it')

    @property
    def batches(self):
        """The race's batches, one a step; a test that uses them must end with the undisturbed weights."""
        return self._ask(do="batches")

    @property
    def trace(self):
        """Every event so far."""
        return pickle.loads(base64.b64decode(self._ask(do="trace")))

    def ledger(self):
        """Return the pods' changes of the weights, in order."""
        return pickle.loads(base64.b64decode(self._ask(do="ledger")))

    def inject(self, fault):
        """Begin a fault of `gateway_sim.scenarios.faults` now."""
        self._ask(do="inject", fault=base64.b64encode(pickle.dumps(fault)).decode())

    @contextlib.contextmanager
    def script(self):
        """Mark the user's script within the test; an error ends the script too."""
        try:
            yield
        except Exception as error:
            self._ask(do="script_over", error=_facts(error))
            raise
        self._ask(do="script_over", error=None)

    def _ask(self, **question):
        answer = self._channel.ask(**question)
        if "refused" in answer:
            raise RuntimeError(answer["refused"])
        return answer["value"]


class _Plugin:
    """Stands in for gateway-sim's plugin of pytest: the fixture, the worlds of each test, and the reports."""

    __name__ = "gateway_sim"

    def __init__(self, ids):
        self.session = None
        self.stack = None
        self.problem = ""
        self.phases = []
        self._ids = ids

    def pytest_addoption(self, parser):
        parser.addoption("--race-evidence")

    def pytest_configure(self, config):
        for mark in ("race", "flaky"):
            config.addinivalue_line("markers", mark)

    def pytest_generate_tests(self, metafunc):
        ids = self._ids.get(metafunc.definition.nodeid)
        if ids is not None:
            metafunc.parametrize(FIXTURE, ids, ids=ids, indirect=True)

    def pytest_collectreport(self, report):
        if report.failed:
            self.problem += f"{report.nodeid}: {report.longreprtext}\n"

    @pytest.fixture
    def live_stack(self):
        """The world of the test's mark."""
        return self.stack

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        """Run the test once, whatever plugin would run it again: the session that started this process may do so."""
        runtestprotocol(item, log=False, nextitem=nextitem)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        try:
            result = yield
        except BaseException as error:
            self.stack._ask(do="test_over", error=_facts(error))
            raise
        self.stack._ask(do="test_over", error=None)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        told = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
        error = None if call.excinfo is None else _facts(call.excinfo.value)
        self.phases.append({"when": call.when, "error": error, "report": told})
        return report

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_set_timer(self, item, settings):
        """Set no timer of pytest-timeout's: it would count real seconds, and the other session has one."""
        return True

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_cancel_timer(self, item):
        return True


_plugin = None


def load(path):
    """Collect the file of tests that the JSON file at `path` names, with the options that it gives."""
    global _plugin
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    # the names of this folder's neighbours must hide no module of the user's
    sys.path[:] = [*told["sys_path"], *(entry for entry in sys.path if entry not in told["sys_path"])]
    sys.argv = ["pytest"]
    os.chdir(told["cwd"])
    _plugin = _Plugin(told["ids"])
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{__package__}."):
            # pytest leaves out the frames of such a module
            module.__tracebackhide__ = True
    try:
        with _silence():
            _collect(told)
    except BaseException as error:
        _plugin.problem += f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def _silence():
    """Drop what is written to standard error: the session that started this process has written it too."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _collect(told):
    config = get_config([told["file"]])
    config.pluginmanager.register(_plugin, "gateway_sim")
    config.option.__dict__.update(told["options"])
    config.parse([told["file"]], addopts=False)
    for name in config.option.plugins:
        config.pluginmanager.consider_pluginarg(name)
    for name in NOT_HERE:
        config.pluginmanager.unregister(name=name)
    _plugin.session = session = pytest.Session.from_config(config)
    config._do_configure()
    config.hook.pytest_sessionstart(session=session)
    config.hook.pytest_collection(session=session)


def play(channel, told):
    """Run one test, and return its phases; or `problem`, where it could not be collected."""
    items = () if _plugin.session is None else getattr(_plugin.session, "items", ())
    item = next((item for item in items if item.nodeid == told["nodeid"]), None)
    if item is None:
        return {"problem": _plugin.problem.strip() or f"{told['nodeid']} was not collected again"}
    _plugin.stack = LiveStack(told["stack"], channel)
    main, interrupts = kernel.current, []

    def interrupt(why):
        interrupts.append(why)
        if len(interrupts) > MOST_INTERRUPTS:
            return False
        kernel.interrupt(main, pytest.fail.Exception(f"gateway-sim: {why}"))
        return True

    channel.interrupt = interrupt
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return {"phases": _plugin.phases}


OUTCOMES = {"skip": pytest.skip.Exception, "exit": pytest.exit.Exception, "fail": pytest.fail.Exception}


def _facts(error):
    """Return the facts of an exception, and the `outcome` that pytest means by it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        # a task group's only error
        (error,) = error.exceptions
    outcome = next((name for name, kind in OUTCOMES.items() if isinstance(error, kind)), "error")
    return {**named(error), "outcome": outcome}
