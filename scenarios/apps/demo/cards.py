"""What a side's card says of its run: a sentence, and its tone. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from gateway_sim.scenarios.report.tables import MARKS, TONES

BUSY: Final = "no busy polling"
"""The promise that a run breaks which finishes, but polls without a pause."""


def card(run: Mapping[str, Any], *, live: bool) -> dict[str, str]:
    """Return `tone`, `state` and `last` of a run as `timeline.document` gives it; `live`: its duel is in progress."""
    broken = [promise for _, promise, _ in run["violations"]]
    if run["outcome"] == "completed" and broken and set(broken) == {BUSY}:
        tone, state = "held", "✗ finished, but busy-polled"
    elif run["outcome"] is not None:
        tone = TONES.get(run["verdict"], "bad" if run["error"] else "busy")
        mark = MARKS.get(run["verdict"], "✗" if run["error"] else "")
        state = f"{mark} {run['outcome'].replace('_', ' ')}".strip()
    else:
        tone = "busy" if live else "held"
        state = ("running" if run["events"] else "starting a table, a gateway and a pod") if live else "stopped"
    if run["error"] and run["outcome"] is not None:
        state += f": {run['error'].partition(':')[0]}"
    return {"tone": tone, "state": state, "last": _last(run)}


def _last(run: Mapping[str, Any]) -> str:
    """Return the first broken promise, else the error, else the latest moment of the story."""
    if run["violations"]:
        _, promise, message = run["violations"][0]
        return f"broken promise: “{promise}”: {message}"
    if run["error"]:
        return str(run["error"])
    return str(run["story"][-1][2]) if run["story"] else ""
