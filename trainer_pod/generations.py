"""What differs between generations of SDKs, as far as the version that opened the session says it. Pure.

fireworks-ai reports the version of the tinker that it pins or carries, 0.23 at most; plain tinker reports its own.
"""

from __future__ import annotations

import re
from typing import Final

from trainer_pod.checkpoint_paths import JOBS_OWN

_RUNS_SINCE: Final = (0, 24)


def is_newer(sdk_version: str | None) -> bool:
    """Return whether the SDK is a tinker that no fireworks-ai carries; False where the version is not known."""
    numbers = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", sdk_version or "")
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= _RUNS_SINCE


def run_of(model_id: str, model_seq_id: int, sdk_version: str | None) -> str:
    """Return the training run of a model: where its checkpoints are saved.

    A job of fireworks-ai has one script at a time, whose first model goes on with the job's run when the script is
    started again or the pod was replaced. A further model has a run of its own, and so has every model of newer SDKs.
    """
    return JOBS_OWN if model_seq_id == 0 and not is_newer(sdk_version) else model_id
