"""What the gateway does when it sees no route for a request, one policy a file: a frozen record that answers.

How to add one:

1. Write `miss_policies/<name>.py` with a frozen dataclass whose fields are the settings; seconds are floats named `_s`.
   No number may be negative; a field's metadata may say `least`, or `among` which values it must be.
2. Give it `name: ClassVar[str]`, the name people type.
3. Answer `on_miss(miss)` with `Wait` (look again later), `AskPrimary` (read the table strongly, then look again),
   `AskControlPlane` (then decide on `miss.liveness`) or `Refuse` (answer now). It is asked again after each of them.
4. Hold no clock, no chance and no I/O: what has happened so far stands in the `Miss`.
5. Say in the docstring where the policy comes from and what it costs.
6. Test every answer in `tests/gateway_sim/miss_policies/test_<name>.py`: no world is needed.

No list needs editing: the folder is the registry.
"""

from gateway_sim.miss_policies.answers import Answer, AskControlPlane, AskPrimary, Miss, MissPolicy, Refuse, Wait

__all__ = ["Answer", "AskControlPlane", "AskPrimary", "Miss", "MissPolicy", "Refuse", "Wait"]
