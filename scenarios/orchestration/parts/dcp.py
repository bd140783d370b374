"""torch's `distributed.checkpoint.async_save`, as it is often used: a resume reads the newest folder.

The save's own thread writes the data and then waits at torch's `StorageWriter.finish`, which writes `.metadata`, until
the story says that the time of the save has passed. So a process that ends meanwhile leaves a folder with data and
without `.metadata`, as a killed one does.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.distributed.checkpoint.filesystem import FileSystemWriter
from torch.distributed.checkpoint.staging import AsyncStager, DefaultStager, StagingOptions
from torch.distributed.checkpoint.state_dict_saver import async_save

from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.state_files import in_one_process, read_state

port = "checkpoints"
needs = "torch"
extra = "lab"

METADATA = ".metadata"
STUCK_S = 60.0
"""Real seconds after which a thread that was forgotten gives up, so that no process waits for it at its end."""


class ProcessEnded(Exception):
    """The process of a save ended before it."""


class Gate:
    """Where the thread of a save waits for the story."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()
        self._ended = False

    def pass_through(self) -> None:
        """Wait for the story. Raises `ProcessEnded`."""
        self.reached.set()
        if not self._opened.wait(STUCK_S) or self._ended:
            raise ProcessEnded

    def missed(self, _: Future[Any]) -> None:
        """Note that the save ended; nothing of it comes to the gate any more."""
        self.reached.set()

    def open(self, *, ended: bool = False) -> None:
        """Let the thread go on, or end it."""
        self._ended = ended
        self._opened.set()


class GatedWriter(FileSystemWriter):
    """A writer of files whose `.metadata` is written when the gate is open."""

    def __init__(self, folder: Path, gate: Gate) -> None:
        # without a sync of each file: the machine stays up
        super().__init__(folder, sync_files=False)
        self._gate = gate

    def finish(self, metadata: Any, results: Any) -> None:
        """Write `.metadata`."""
        self._gate.pass_through()
        super().finish(metadata, results)


class LateStager(AsyncStager):
    """torch's stager in a thread, as with `use_async_staging`, which copies the tensors when the gate is open."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._stager = DefaultStager(StagingOptions(False, False, False, False))

    def stage(self, state_dict: dict[str, Any]) -> Future[dict[str, Any]]:
        """Return the copy to come."""
        thread = ThreadPoolExecutor(max_workers=1)
        copy = thread.submit(self._copied, state_dict)
        thread.shutdown(wait=False)
        return copy

    def synchronize_staging(self) -> None:
        """Wait for nothing: training goes on."""

    def close(self) -> None:
        """Drop the copies."""
        self._stager.close()

    def _copied(self, state_dict: dict[str, Any]) -> Any:
        self._gate.pass_through()
        return self._stager.stage(state_dict)


class DcpCheckpoints:
    """The checkpoints of a job, a folder for each step, saved by `async_save`.

    `whole`: a folder without `.metadata` is no checkpoint. `late`: the tensors are copied in a thread, and training
    does not wait for the response's `staging_completion`.
    """

    def __init__(self, folder: Path, *, whole: bool, late: bool = False) -> None:
        self._folder = folder
        self._whole = whole
        self._late = late
        self._gate: Gate | None = None
        self._saved: Future[Any] = Future()

    def begin(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Call `async_save`."""
        self._gate = Gate()
        stager = LateStager(self._gate) if self._late else None
        with _quiet():
            answer = async_save(
                dict(state), storage_writer=GatedWriter(self._folder / str(step), self._gate), async_stager=stager
            )
            self._saved = answer if isinstance(answer, Future) else answer.upload_completion
            # a save that fails on its way has done all that it will
            self._saved.add_done_callback(self._gate.missed)
            if not self._gate.reached.wait(STUCK_S):
                raise TimeoutError(f"the save of step {step} had not written its data after {STUCK_S:g} s")

    def finish(self, step: int) -> None:
        """Wait for the future of the save. Raises what ended it."""
        if self._gate is None:
            raise LookupError(f"no save of step {step} has begun")
        with _quiet():
            self._gate.open()
            failed = self._saved.exception()
        self._gate = None
        if failed is not None:
            told = ", ".join(str(error) for error, _ in getattr(failed, "failures", {0: (failed, None)}).values())
            raise OSError(f"the save of step {step} failed: {told}") from failed

    def abandon(self) -> None:
        """End the save's thread where it is."""
        if self._gate is not None:
            self._gate.open(ended=True)
            wait([self._saved])
            self._gate = None

    def steps(self) -> list[int]:
        """Return the names of the folders."""
        folders = self._folder.iterdir() if self._folder.exists() else ()
        return sorted(int(one.name) for one in folders if not self._whole or (one / METADATA).exists())

    def load(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Call torch's `load`. Raises `CheckpointRefused`."""
        folder = self._folder / str(step)
        if not (folder / METADATA).exists():
            # torch refuses it too, after a traceback in the log of the root
            raise CheckpointRefused(f"checkpoint 'step-{step}' has no {METADATA}: its save was cut short")
        read_state(dict(state), folder, f"step-{step}")

    def remove(self, step: int) -> None:
        """Remove a folder, `.metadata` first."""
        folder = self._folder / str(step)
        (folder / METADATA).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence torch's remarks that it works in one process, and that it saves a step again."""
    with in_one_process():
        warnings.filterwarnings("ignore", "Detected an existing checkpoint", UserWarning)
        yield


def folder_of(sandbox: Sandbox[Any], name: str) -> Path:
    """Return where the checkpoints of a job are."""
    return sandbox.folder / "dcp" / name


def make(sandbox: Sandbox[Any], *, name: str) -> DcpCheckpoints:
    """Make a client that takes the newest folder for the newest checkpoint."""
    return DcpCheckpoints(folder_of(sandbox, name), whole=False)
