"""A verification as JUnit XML, for CI servers."""

from collections.abc import Sequence
from xml.etree import ElementTree

from gateway_sim.scenarios.run.result import RunResult


def junit_report(runs: Sequence[RunResult]) -> str:
    """Return a test case for each run; a run with an unexpected verdict fails, with the command that replays it."""
    unexpected = sum(not run.as_expected for run in runs)
    suite = ElementTree.Element("testsuite", name="gateway-sim", tests=str(len(runs)), failures=str(unexpected))
    for run in runs:
        case = ElementTree.SubElement(
            suite, "testcase", classname=run.race, name=run.name, time=f"{run.metrics.wall_s:.3f}"
        )
        if not run.as_expected:
            message = f"{run.verdict}, expected {run.expected or 'kept'}"
            failure = ElementTree.SubElement(case, "failure", message=message)
            reasons = [f"{v.at_s:.3f} s {v.words}: {v.message}" for v in run.violations]
            failure.text = "\n".join([*reasons, run.replay])
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
