"""Miss policies, one a file: each is a frozen record that decides what follows when a request has no route.

How to add one:

1. Write `miss_policies/<name>.py` with a frozen dataclass whose fields are the settings; seconds are floats named `_s`.
   No number may be negative; a field's metadata may give the `least` value, a bound that it must be
   `below` and `why`, or the values that it must be `among`.
2. Give it `name: ClassVar[str]`, the name that users type.
3. Answer `on_miss(miss)` with `Wait` (look again later), `AskPrimary` (read the table strongly, then look again),
   `AskControlPlane` (then decide on `miss.liveness`) or `Refuse` (answer now). It is asked again after each of them.
4. Hold no clock, no chance and no I/O: the `Miss` has what happened so far. A policy that must remember declares
   `memory: ClassVar[...]`, a frozen record, and answers `on_miss(miss, memory)` with the answer and the next memory;
   each gateway replica has a memory of its own.
5. Say in the docstring where the policy comes from and what it costs.
6. Test every answer in `tests/gateway_sim/miss_policies/test_<name>.py`: no world is needed.

No list needs editing: the folder is the registry.
"""

from gateway_sim.miss_policies.answers import (
    Answer,
    AskControlPlane,
    AskPrimary,
    Miss,
    MissPolicy,
    PolicyWithMemory,
    Refuse,
    Wait,
)

__all__ = ["Answer", "AskControlPlane", "AskPrimary", "Miss", "MissPolicy", "PolicyWithMemory", "Refuse", "Wait"]
