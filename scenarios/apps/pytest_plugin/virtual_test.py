"""A test in virtual time, in the session that started it: it is not called here, and is reported as if it were."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.apps.pytest_plugin import IDS
from gateway_sim.scenarios.apps.pytest_plugin.judging import NotRaced, judged
from gateway_sim.scenarios.apps.pytest_plugin.virtual_stack import VirtualStack
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.engines.guest.raced_test import TestDied, TestEnd

DEBUGGER = 'a debugger cannot stop a test in virtual time: set engine="live" in the mark of {}'
OTHERWISE: Mapping[str, object] = {
    # what another process would wait for, write over, or leave out
    "usepdb": False, "trace": False, "looponfail": False, "collectonly": False, "pyargs": False, "maxfail": 0,
    "setuponly": False, "setupplan": False, "setupshow": False, "xmlpath": None, "log_file": None,
    "keyword": "", "markexpr": "", "deselect": None,
    "lf": False, "failedfirst": False, "newfirst": False, "cacheclear": False,
    "stepwise": False, "stepwise_skip": False, "stepwise_reset": False,
    # pytest-xdist, pytest-cov, pytest-timeout
    "dist": "no", "distload": False, "numprocesses": None, "maxprocesses": None, "tx": [],
    "cov_source": [], "no_cov": True, "timeout": None,
    # pytest-randomly: the world's seed gives all chance
    "randomly_reset_seed": False, "randomly_reorganize": False,
}  # fmt: skip
"""The values of pytest's options, and of its plugins', that differ in a test's process."""


class FailedInVirtualTime(Exception):
    """A test failed in its process; pytest shows the report that came from there."""

    def __init__(self, message: str, report: pytest.TestReport) -> None:
        super().__init__(message)
        self.report = report


class SetupFailed(FailedInVirtualTime, NotRaced):
    """A fixture failed in the test's process, before the test began."""


def take_over(item: pytest.Function, world: MarkedWorld) -> None:
    """Let pytest play the test's race in place of calling the test; the test's fixtures are set up there too."""
    usual = item.repr_failure

    def repr_failure(excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        report = getattr(excinfo.value, "report", None)
        if report is None:
            return str(excinfo.value) if isinstance(excinfo.value, NotRaced) else usual(excinfo, *args)
        notes = "\n".join(getattr(excinfo.value, "__notes__", ()))
        if not notes:
            return report.longrepr
        if hasattr(report.longrepr, "addsection"):
            report.longrepr.addsection("gateway-sim", notes)
            return report.longrepr
        return f"{report.longreprtext}\n{notes}"

    item.setup = lambda: None  # type: ignore[method-assign]
    item.runtest = lambda: run(item, world)  # type: ignore[method-assign]
    item.repr_failure = repr_failure  # type: ignore[method-assign]


def run(item: pytest.Function, world: MarkedWorld) -> None:
    """Play the race of a test, raise what the test raised, and judge the world."""
    option = item.config.option
    if option.usepdb or getattr(option, "trace", False):
        pytest.fail(DEBUGGER.format(item.nodeid), pytrace=False)
    folders: pytest.TempPathFactory = item._request.getfixturevalue("tmp_path_factory")
    options = options_of(item, folders)
    stack = VirtualStack(world, item.nodeid, options, folders, echo=option.capture == "no")
    with judged(item, stack):
        try:
            end = stack.play()
        except TestDied as died:
            raise NotRaced(str(died)) from None
        _report(item, end)


def options_of(item: pytest.Function, folders: pytest.TempPathFactory) -> Path:
    """Write what a process needs in order to collect the test's file as this one did; return the file of it."""
    config = item.config
    options = {name: value for name, value in vars(config.option).items() if _is_plain(value)}
    options.pop("file_or_dir", None)
    options.update({name: value for name, value in OTHERWISE.items() if name in options})
    options["capture"] = "no" if config.option.capture == "no" else "sys"
    options["rootdir"] = str(config.rootpath)
    options["inifilename"] = None if config.inipath is None else str(config.inipath)
    options["basetemp"] = str(folders.getbasetemp() / "gateway-sim-virtual")
    file = str(item.path)
    ids = {nodeid: ids for nodeid, (path, ids) in config.stash[IDS].items() if path == file}
    cwd = str(config.invocation_params.dir)
    told = {"file": file, "ids": ids, "options": options, "cwd": cwd, "sys_path": sys.path}
    text = json.dumps(told)
    path = folders.getbasetemp() / f"gateway-sim-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    path.write_text(text)
    return path


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _report(item: pytest.Function, end: TestEnd) -> None:
    """Take over what the test printed and recorded, and raise the first error of its phases."""
    if end.uncollected:
        raise NotRaced(f"{item.nodeid} cannot be collected in virtual time: {end.problem}")
    if end.problem:
        pytest.fail(f"gateway-sim: {item.nodeid} in virtual time: {end.problem}", pytrace=False)
    reports = [_read(item, phase["report"]) for phase in end.phases]
    item.user_properties += reports[-1].user_properties
    for title, text in reports[-1].sections:
        item.add_report_section("call", title.removeprefix("Captured ").removesuffix(" call"), text)
    for phase, report in zip(end.phases, reports, strict=True):
        error = phase["error"]
        if error is None:
            continue
        if error["outcome"] == "skip":
            raise pytest.skip.Exception(error["message"], _use_item_location=True)
        if error["outcome"] == "exit":
            pytest.exit(error["message"])
        if hasattr(report, "wasxfail"):
            raise pytest.xfail.Exception(report.wasxfail.removeprefix("reason: "))
        failed = SetupFailed if phase["when"] == "setup" else FailedInVirtualTime
        raise failed(f"{error['type']}: {error['message']}", report)


def _read(item: pytest.Function, told: Mapping[str, Any]) -> pytest.TestReport:
    report: pytest.TestReport = item.config.hook.pytest_report_from_serializable(config=item.config, data=dict(told))
    report.user_properties = [(name, value) for name, value in report.user_properties]
    return report
