"""What lets a race that takes minutes be waited for, in both engines alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SHORT: Final[Mapping[str, Mapping[str, str]]] = {
    "incident-344": {"think_s": "1", "forward_backward_s": "6", "pod_hold_s": "3"},
}
"""Settings by race, in the words of `--set`; the order of what happens stays as it was."""
