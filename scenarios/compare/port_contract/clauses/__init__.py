"""The clauses of each port, in the file of the port's name, found by their type.

How to add one: write a function of a `Trial` under `@required(sentence, why)` or `@optional(sentence, why)`. It returns
None if the clause holds, or `Missed(saw)`. Then add the part that misses it to the port's file in
`tests/scenarios/compare/port_contract/broken_parts/`: a test fails until there is one.
"""

from gateway_sim.scenarios.compare.port_contract.clause import Clause
from gateway_sim.scenarios.sim import registry as folders


def ports() -> list[str]:
    """Return the names of the ports that have a contract."""
    return folders.names(__name__)


def clauses(port: str) -> list[Clause]:
    """Return the clauses of a port, in the order of its file."""
    return [thing for thing in vars(folders.load(__name__, port)).values() if isinstance(thing, Clause)]
