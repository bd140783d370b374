"""Where a virtual world keeps what it writes: in memory where there is room, for each fsync of a disk is waited for."""

import os
import shutil
import tempfile
from functools import lru_cache

IN_MEMORY = "/dev/shm"
ROOM = 4 * 2**30
"""Bytes that must be free there: the largest scenario, at full size, writes a tenth of it."""


@lru_cache(maxsize=1)
def scratch_root() -> str:
    """Return the folder in which worlds make theirs."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
        return IN_MEMORY
    return tempfile.gettempdir()
