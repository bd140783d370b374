"""MLflow's model registry as it is used: an alias is set to a version, whatever it named before.

`set_registered_model_alias` knows no expected version, so a move that was decided on an old read is not refused. MLflow
counts no moves of an alias either; the number that a fence can compare is that of the version. The registry is a SQLite
file in the sandbox's folder. MLflow's calls end at once in virtual time.
"""

import contextlib
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway_sim.control_plane.models.promotion import Tag, Version
from gateway_sim.control_plane.models.registry import UnknownVersion
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "registry"
needs = "mlflow"
extra = "mlflow"

ALIAS = "production"
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers where there is no such version, and where there is no such alias."""


class MlflowRegistry:
    """A registered model: its versions, each with its score as a tag, and the alias `production`."""

    def __init__(self, client: Any, model: str) -> None:
        self.model = model
        self._client = client
        with _answered("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(model)

    def register(self, version: Version) -> None:
        """Add a version, unless MLflow has it; MLflow numbers them itself, from 1."""
        if self.score(version.version) is None:
            tags = {"score": repr(version.score), "digest": version.digest}
            self._client.create_model_version(self.model, f"models/{version.digest}", tags=tags)

    def tag(self) -> Tag | None:
        """Return what the alias names."""
        version = self.alias()
        return None if version is None else Tag(version, self.known(version), version)

    def move_tag(self, version: int, read: Tag | None) -> Tag:
        """Set the alias; `read` is compared with nothing. Raises `UnknownVersion`."""
        score = self.known(version)
        self.set_alias(version)
        return Tag(version, score, version)

    def alias(self) -> int | None:
        """Return the version that the alias names; None without one."""
        with _answered(*ABSENT):
            return int(self._client.get_model_version_by_alias(self.model, ALIAS).version)
        return None

    def set_alias(self, version: int) -> None:
        """Let the alias name a version."""
        self._client.set_registered_model_alias(self.model, ALIAS, str(version))

    def known(self, version: int) -> float:
        """Return the score of a version. Raises `UnknownVersion`."""
        if (score := self.score(version)) is None:
            there_are = ", ".join(map(str, self.versions())) or "none"
            raise UnknownVersion(f"there is no version {version} of {self.model}; there are: {there_are}")
        return score

    def score(self, version: int) -> float | None:
        """Return the score of a version; None where MLflow has no such version."""
        with _answered(*ABSENT):
            return float(self._client.get_model_version(self.model, str(version)).tags["score"])
        return None

    def versions(self) -> list[int]:
        """Return the numbers of the model's versions, in order."""
        found: list[int] = []
        token = None
        while token != "":
            page = self._client.search_model_versions(f"name = '{self.model}'", page_token=token)
            found += [int(one.version) for one in page]
            token = page.token or ""
        return sorted(found)


def make(sandbox: Sandbox[Any], *, model: str) -> MlflowRegistry:
    """Make a client of the sandbox's MLflow registry."""
    return MlflowRegistry(client_of(sandbox.folder), model)


def client_of(folder: Path) -> Any:
    """Return a client of the MLflow registry in a folder; the first call makes the registry."""
    file = folder / "mlflow.db"
    if not file.exists():
        shutil.copy(_empty(), file)
    return _client(file)


@functools.cache
def _empty() -> Path:
    """Make an empty registry, once in this process: its tables are the result of all of MLflow's migrations."""
    # kept as long as this function's result
    folder = tempfile.TemporaryDirectory(prefix="gateway-sim-mlflow-")
    _KEPT.append(folder)
    file = Path(folder.name) / "empty.db"
    _client(file).search_registered_models()
    return file


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _client(file: Path) -> Any:
    # else MLflow would report the use of this process to its makers
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{file}", registry_uri=f"sqlite:///{file}")


@contextlib.contextmanager
def _answered(*codes: str) -> Iterator[None]:
    """Go on after an error of MLflow's that has one of these codes."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as answer:
        if answer.error_code not in codes:
            raise
