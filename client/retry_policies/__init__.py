"""Retry policies, one a file: each is a frozen record that decides what follows a failed training call.

How to add one:

1. Write `retry_policies/<name>.py` with a frozen dataclass that inherits `RetryPolicy` and whose fields are the
   settings, in seconds and counts. No number may be negative; a field's metadata may give the `least` value, or the
   values that it must be `among`.
2. Give it `name: ClassVar[str]`, the name that users type. It may have a `warmup`, and override `calls`, which makes
   single calls, and `connect`, which opens session and model through them.
3. Answer `on_failure(failure, attempt)` with `After`, `AskControlPlane` or `GiveUp`; `attempt` counts retries from 0.
4. `failure` has the leg, the status, the kind and the values of the headers; `certainty(failure)` says whether its
   work may have been done.
5. Hold no clock, no chance and no I/O: the session draws waits, sleeps and asks the control plane.
6. Say in the docstring where the policy comes from and which failures it cannot cover.
7. Test every answer in `tests/client/test_retry_policies.py`: no world is needed.

No list needs editing: the folder is the registry. A `ReconnectableClient` is given the object.
"""

from gateway_sim.client.retry_policies.answers import AskControlPlane, GiveUp, RetryPolicy
from gateway_sim.client.retry_policies.blanket_404 import Blanket404
from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce
from gateway_sim.client.retry_policies.plain import Plain
from gateway_sim.client.retry_policies.warmup_verified import WarmupVerified
from gateway_sim.client.sdk.retry_loops import After

__all__ = [
    "After",
    "AskControlPlane",
    "Blanket404",
    "ExactlyOnce",
    "GiveUp",
    "Plain",
    "RetryPolicy",
    "WarmupVerified",
]
