"""Public traces for cross-checks, which are not part of the project: an environment variable names their folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FROM = {
    "openb": "github.com/hkust-adsl/kubernetes-scheduler-simulator, data/csv",
    "alibaba": "github.com/alibaba/clusterdata, cluster-trace-gpu-v2020/mini-batch-time",
}


@pytest.fixture
def traces() -> Callable[[str], Path]:
    """Return a function that finds a trace by its file's name; the test is skipped if it is missing."""

    def find(name: str) -> Path:
        folder = os.environ.get("GATEWAY_SIM_TRACES", "")
        found = Path(folder) / name
        if not folder or not found.is_file():
            source = FROM[name.partition("_")[0]]
            pytest.skip(
                f"no {name} (from {source}); run: GATEWAY_SIM_TRACES=FOLDER pytest tests/scenarios/orchestration"
            )
        return found

    return find
