"""What is done about a failed training call, one policy a file: a frozen record that answers a question.

How to add one:

1. Write `retry_policies/<name>.py` with a frozen dataclass that inherits `RetryPolicy` and whose fields are the
   settings, in seconds and counts. No number may be negative; a field's metadata may say `least`, or `among` which
   values it must be.
2. Give it `name: ClassVar[str]`, the name people type. It may have a `warmup`, and connect in a way of its own:
   `calls` makes single calls, `connect` opens session and model by them.
3. Answer `on_failure(failure, attempt)` with `After`, `AskControlPlane` or `GiveUp`; `attempt` counts retries from 0.
4. Ask `failure` for what you need: its leg, its status, how it was shown, what its headers said; `certainty(failure)`
   says whether its work may have been done.
5. Hold no clock, no chance and no I/O: the session draws waits, sleeps and asks the control plane.
6. Say in the docstring where the policy comes from and what it cannot cover.
7. Test every answer in `tests/client/test_retry_policies.py`: no world is needed.

No list needs editing: the folder is the registry. A `ReconnectableClient` is given the object.
"""

from client.retry_policies.answers import After, AskControlPlane, GiveUp, RetryPolicy
from client.retry_policies.blanket_404 import Blanket404
from client.retry_policies.exactly_once import ExactlyOnce
from client.retry_policies.plain import Plain
from client.retry_policies.warmup_verified import WarmupVerified

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
