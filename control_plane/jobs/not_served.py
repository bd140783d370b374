"""What fireworks-ai asks of its control plane and this one has not: refused in a sentence that says what would do.

The status is 400: its SDK takes a 404 for a thing that may come to be, and repeats a 5xx. Pure.
"""

import re
from collections.abc import Mapping
from typing import Final

_DEPLOYMENTS: Final = "there are no inference deployments here; sample from the trainer, by tinker's SamplingClient"
_SESSIONS: Final = "there are no serverless training sessions here; create a trainer job"
_PROMOTED: Final = "checkpoints are not promoted to models here; load the checkpoint by its name in another job"
_JOBS: Final = "only trainer jobs (rlorTrainerJobs) run here; create one, and train with its client"
_MODELS: Final = "models are not described here; a base model's name says its size, as gateway-sim/bytes-32 does"

NOT_SERVED: Final[Mapping[str, str]] = {
    r"/v1/.*:promote": _PROMOTED,
    r"/v1/accounts/[^/]+/trainingSessions(/.*)?": _SESSIONS,
    r"/v1/accounts/[^/]+/models(/.*)?": _MODELS,
    r"/v1/accounts/[^/]+/deployments(/.*)?": _DEPLOYMENTS,
    r"/v1/accounts/[^/]+/deploymentShapes(/.*)?": _DEPLOYMENTS,
    r"/v1/accounts/[^/]+/(supervisedFineTuningJobs|dpoJobs|reinforcementFineTuningJobs)(/.*)?": _JOBS,
    r"/hot_load/.*": _DEPLOYMENTS,
    r"/inference/.*": _DEPLOYMENTS,
    r"/training/v1/serverless/.*": _SESSIONS,
}
"""Patterns of whole paths: why not, and what would do."""


def why_not_served(path: str) -> str | None:
    """Return why a path is not served, and what would do; None for a path that no SDK asks for."""
    return next((why for pattern, why in NOT_SERVED.items() if re.fullmatch(pattern, path)), None)
