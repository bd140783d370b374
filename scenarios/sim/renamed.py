"""Renamed names: the old one works for one release, with a message on stderr that says the new one."""

import sys
from collections.abc import Iterable, Mapping
from typing import Final

UNTIL: Final = "0.3"

RENAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "race": {"strangers-door": "reused-address", "applied-but-unheard": "lost-reply-then-404"},
    "setting": {
        "lacks": "omits",
        "wary_s": "fresh_after_refusal_s",
        "cover_gap_s": "warm_replicas_gap_s",
        "cover_calm_s": "warm_replicas_healthy_s",
        "cover_s": "warm_replicas_longest_s",
    },
    "leg": {"beat": "heartbeat"},
    "option": {"--desk": "--admin", "--desk-port": "--admin-port"},
    "metric": {"forwarded": "requests_forwarded", "refused": "requests_refused"},
    "mutation": {
        "silent-primary-taken-for-a-no": "unreadable-primary-is-missing",
        "no-turns-taken": "dispatches-unordered",
        "hold-keeps-nobody": "hold-returns-at-once",
        "connect-insists": "connect-retries-forever",
        "connect-insists-at-once": "connect-retries-forever-at-once",
    },
    "promise": {
        "nobody is turned away twice": "no pod refuses a job twice",
        "nobody spins": "no busy polling",
        "readiness is no lie": "ready means routable",
        "the caller hears in time": "the caller is answered in time",
        "the control plane turns nobody away": "the control plane refuses no request",
    },
    "event": {
        "JobGone": "JobDeleted",
        "RestartMet": "RequestHitRestart",
        "RequestStrayed": "RequestRerouted",
        "MissesRemembered": "NegativeCacheHits",
    },
}
"""By kind of name: the old name and the new one."""
_FORMER: Final = {(kind, new): old for kind, names in RENAMED.items() for old, new in names.items()}
_said: set[str] = set()


def current(kind: str, name: str, known: Iterable[str] | None = None) -> str:
    """Return the new name of `name` and print it on stderr, once in a process; `name` itself if it was not renamed.

    `kind` begins with a key of `RENAMED`, as in "race or scenario". With `known`, a known name is returned unchanged,
    and so is one whose new name is unknown.
    """
    names = None if known is None else set(known)
    new = RENAMED.get(kind.partition(" ")[0], {}).get(name)
    if new is None or (names is not None and (name in names or new not in names)):
        return name
    if name not in _said:
        _said.add(name)
        print(f"gateway-sim: {name} is now called {new}; the old name works until {UNTIL}", file=sys.stderr)
    return new


def formerly(kind: str, name: str) -> dict[str, str]:
    """Return `{"formerly": OLD}` for the document of a renamed name, else an empty dict."""
    old = _FORMER.get((kind, name))
    return {"formerly": old} if old else {}
