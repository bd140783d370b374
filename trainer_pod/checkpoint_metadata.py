"""The index of a checkpoint's files, read as data: torch keeps it as a pickle, which could run any code."""

import pickle
from pathlib import Path
from typing import Any, Final

import torch
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta

_ALLOWED: Final = {
    "torch.distributed.checkpoint.metadata": {
        "BytesStorageMetadata", "ChunkStorageMetadata", "Metadata", "MetadataIndex", "StorageMeta", "TensorProperties",
        "TensorStorageMetadata", "_MEM_FORMAT_ENCODING",
    },
    "torch.distributed.checkpoint.filesystem": {"_StorageInfo"},
    "torch.serialization": {"_get_layout"},
    "pathlib": {"PosixPath", "WindowsPath"},
    "pathlib._local": {"PosixPath", "WindowsPath"},
}  # fmt: skip
"""The records of which an index consists."""


class Reader(FileSystemReader):
    """A reader of checkpoint folders that makes nothing of an index but records, and opens only the folder's files."""

    def read_metadata(self, *args: Any, **named: Any) -> Metadata:
        """Return the index. Raises `pickle.UnpicklingError` or `ValueError` for what is none."""
        folder = Path(self.path)
        with (folder / ".metadata").open("rb") as index:
            metadata = _Records(index).load()
        if not isinstance(metadata, Metadata) or not isinstance(metadata.storage_data, dict):
            raise ValueError("the index of this checkpoint is no Metadata")
        for placed in metadata.storage_data.values():
            if Path(placed.relative_path).name != str(placed.relative_path):
                raise ValueError(f"the index names a file outside of the checkpoint: {placed.relative_path}")
        metadata.storage_meta = metadata.storage_meta or StorageMeta()
        metadata.storage_meta.load_id = self.load_id
        return metadata


class _Records(pickle.Unpickler):
    """An unpickler that finds records, and of functions only the look-up of a layout's name."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a record's class."""
        if module == "torch" and (name == "Size" or isinstance(getattr(torch, name, None), torch.dtype)):
            return getattr(torch, name)
        if name not in _ALLOWED.get(module, ()):
            raise pickle.UnpicklingError(
                f"the index of this checkpoint names {module}.{name}, which is no record of it"
            )
        return super().find_class(module, name)
