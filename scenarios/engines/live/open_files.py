"""The open files that a live world needs: its sockets, pipes and checkpoints."""

import resource
from typing import Final

from gateway_sim.scenarios.sim.errors import SettingsRefused

WANTED: Final = 4096
"""Enough for hundreds of clients."""
NEEDED: Final = 64
"""What a world of one client has open."""


def allow_open_files() -> None:
    """Raise this process's limit towards `WANTED`. Raises `SettingsRefused` where it may not reach `NEEDED`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= WANTED:
        return
    allowed = WANTED if hard == unlimited else min(WANTED, hard)
    if allowed < NEEDED:
        raise SettingsRefused(
            f"a live world has at least {NEEDED} files open, and this shell allows {allowed}; allow more with: "
            f"ulimit -n {WANTED}, or use --engine virtual"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
