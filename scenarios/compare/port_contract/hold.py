"""Holding a part to its port's contract: each clause in a sandbox of its own, in virtual time."""

import inspect
from collections.abc import Callable

from gateway_sim.scenarios.compare.contract.clause import Finding, Missed, Outcome, Result
from gateway_sim.scenarios.compare.port_contract.clause import Clause, NotReached, Trial
from gateway_sim.scenarios.compare.port_contract.clauses import clauses
from gateway_sim.scenarios.orchestration import ports
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox, SandboxSettings
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace


def hold(port: str, make: Make | None, told: Callable[[Finding], None] = lambda finding: None) -> list[Finding]:
    """Hold what `make` makes to every clause of its port; None is this project's own part.

    `told` gets each finding when it is there.
    """
    findings = []
    for clause in clauses(port):
        findings.append(hold_to(clause, port, make))
        told(findings[-1])
    return findings


def hold_to(clause: Clause, port: str, make: Make | None) -> Finding:
    """Hold what `make` makes to one clause of a port; None is this project's own part."""
    module = ports.module(port)
    heading = (inspect.getdoc(module) or port).partition(":")[0]
    outcome = clock.run(_checked(clause, make or module.own))
    result: Result = "missed" if isinstance(outcome, Missed) else "holds"
    saw = outcome.saw if outcome else ""
    return Finding(clause.name, heading, clause.sentence, clause.level, result, saw, clause.why)


async def _checked(clause: Clause, make: Make) -> Outcome:
    """Check one clause; a part that raises what the port does not name misses it."""
    sandbox: Sandbox[SandboxSettings] = Sandbox(Seeds(0), Trace(), SandboxSettings())
    async with sandbox:
        try:
            return await clause.check(Trial(sandbox, make))
        except NotReached as missing:
            return Missed(str(missing))
        except (Exception, SystemExit) as error:
            return Missed(f"raised {type(error).__name__}: {error}")
