"""A checkpoint of unknown origin is data: its index names records and files of its folder, or it is refused."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from gateway_sim.trainer_pod.checkpoint_metadata import Reader
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.state_files import read_state, write_state

STATE = {"weights": torch.arange(3.0), "wide": torch.ones(2, 2, dtype=torch.float64), "step": torch.tensor(7)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a checkpoint."""
    write_state(STATE, tmp_path / "one")
    return tmp_path / "one"


def read(folder: Path) -> dict[str, torch.Tensor]:
    """Read what a folder holds under the names of `STATE`."""
    state = {name: torch.zeros_like(tensor) for name, tensor in STATE.items()}
    read_state(state, folder, "tinker://job/weights/one")
    return state


def test_an_index_of_our_own_is_read(folder: Path) -> None:
    """Tensors of several kinds and shapes."""
    assert all(torch.equal(tensor, STATE[name]) for name, tensor in read(folder).items())


class Runs:
    """What a pickle runs when it is loaded: it makes a folder."""

    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> Any:
        return Path.mkdir, (self.ran,)


def test_an_index_that_would_run_code_is_refused(folder: Path) -> None:
    """And the code does not run."""
    ran = folder / "ran"
    (folder / ".metadata").write_bytes(pickle.dumps(Runs(ran)))
    with pytest.raises(CheckpointRefused, match="tinker://job/weights/one"):
        read(folder)
    assert not ran.exists()
    pickle.loads((folder / ".metadata").read_bytes())
    assert ran.exists(), "the index of this test must be one that runs"


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"storage_data": {}}), pickle.dumps(None)])
def test_what_is_no_index_is_refused(folder: Path, content: bytes) -> None:
    """As any other damage."""
    (folder / ".metadata").write_bytes(content)
    with pytest.raises(CheckpointRefused):
        read(folder)


def test_an_index_opens_no_file_outside_of_its_folder(folder: Path) -> None:
    """Though the file holds tensors."""
    data = next(folder.glob("*.distcp"))
    outside = folder.parent / "others.distcp"
    data.rename(outside)
    index = pickle.loads((folder / ".metadata").read_bytes())
    for placed in index.storage_data.values():
        placed.relative_path = "../others.distcp"
    (folder / ".metadata").write_bytes(pickle.dumps(index))
    with pytest.raises(CheckpointRefused):
        read(folder)
    outside.rename(data)
    for placed in index.storage_data.values():
        placed.relative_path = data.name
    (folder / ".metadata").write_bytes(pickle.dumps(index))
    assert torch.equal(read(folder)["weights"], STATE["weights"])


@pytest.mark.parametrize(
    "name", ["torch nosuch", "torch load", "os system", "builtins eval", "torch.serialization load"]
)
def test_an_index_names_records_and_kinds_of_numbers_only(folder: Path, name: str) -> None:
    """Whether the name is one of torch's own, of another module, or none at all: the refusal has it."""
    module, _, found = name.partition(" ")
    (folder / ".metadata").write_bytes(f"c{module}\n{found}\n.".encode())
    with pytest.raises(pickle.UnpicklingError, match=f"names {module}.{found}, which is no record of it"):
        Reader(folder).read_metadata()
    (folder / ".metadata").write_bytes(b"ctorch\nfloat64\n.")
    with pytest.raises(ValueError, match="is no Metadata"):
        Reader(folder).read_metadata()
