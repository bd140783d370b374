"""The place of a virtual world's files: in memory where there is room, because an fsync of a disk takes real time."""

import os
import shutil
import tempfile
from functools import lru_cache

IN_MEMORY = "/dev/shm"
ROOM = 4 * 2**30
"""The bytes that must be free there; the largest scenario writes a tenth of them."""


@lru_cache(maxsize=1)
def scratch_root() -> str:
    """Return the parent of the worlds' folders."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
        return IN_MEMORY
    return tempfile.gettempdir()
