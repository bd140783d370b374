"""The files of a checkpoint's tensors, through torch.distributed.checkpoint."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from gateway_sim.trainer_pod.refusals import CheckpointRefused


def write_state(state: dict[str, Tensor], folder: Path) -> None:
    """Write tensors by name into a folder. Raises OSError if they cannot be written."""
    # Imported where it is used: it costs half a second, and most pods of a run never save.
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.state_dict_saver import save

    try:
        with in_one_process():
            save(dict(state), checkpoint_id=folder, no_dist=True)
    except CheckpointException as failed:
        # It derives from BaseException: `except Exception` would let it end the worker.
        raise OSError(f"checkpoint {folder.name!r} could not be written: {failed.failures}") from failed


def read_state(state: dict[str, Tensor], folder: Path, path: str) -> None:
    """Read into these tensors what a folder has under their names. Raises CheckpointRefused, which names `path`."""
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.state_dict_loader import load

    from gateway_sim.trainer_pod.checkpoint_metadata import Reader

    try:
        with in_one_process():
            load(dict(state), storage_reader=Reader(folder), no_dist=True)
    except (CheckpointException, OSError, ValueError, RuntimeError) as unreadable:
        raise CheckpointRefused(f"checkpoint {path!r} cannot be read: {type(unreadable).__name__}") from unreadable


@contextlib.contextmanager
def in_one_process() -> Iterator[None]:
    """Silence torch's remark that it works in one process, made even where that is asked for by `no_dist`."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)
        yield
