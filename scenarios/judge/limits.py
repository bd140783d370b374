"""The limits of the judge, each with its reason; every promise, anomaly, claim and table takes its limits from here."""

from typing import Final

AT_ONCE_S: Final = 2.0
"""An error came at once if it came this soon after its cause: the time of one request, and less than a retry budget."""

NOTICED_S: Final = 12.0
"""A deletion that no fault hides is noticed within this time: a gateway holds a call for up to 10 s, and then the
client asks the control plane.
"""

IN_TIME_S: Final = 125.0
"""A run that cannot go on ends within this time: PR 348 bounds its warm-up by 120 s, and a last probe takes 5 s."""

WARM_UP_S: Final = 3.0
"""What PR 348 says its warm-up costs, once."""

IDLE_S: Final = 1.0
"""A step's requests, connect included, take less time than this; a longer time without work is a needless wait."""

BUSY_MACHINE_S: Final = 9.0
"""In the live engine a warm-up or a step may take this much longer: a busy machine runs other processes meanwhile."""

BUSY_PER_S: Final = 20
"""More requests than this for one future within a second are busy polling, which no policy may do.

It lies above the first retries of any backoff, and far below a loop without a wait.
"""

PACED_PER_S: Final = 5
"""A client that waits between two requests for one future, as every SDK's backoff does, sends at most this many a
second. It is stricter than `BUSY_PER_S`: this project's own fixes are held to it, and tables name a peak above it.
"""

STORM_CLIENTS: Final = 32
STORM_S: Final = 0.05
"""A control plane answers this many probes within this time; jitter spreads a group of 64 clients over more."""

PATIENCE_S: Final = 45.0
"""A user that still waits this long after the end of a fault hangs."""

SILENCE_S: Final = 125.0
"""An SDK waits up to 120 s for an answer; a user behind a silent server may wait this much longer."""

UNANSWERED_S: Final = 5.0
"""So long an attempt to connect to an address that answers nothing may keep its caller, at a gateway and at an SDK."""

ENDLESS_S: Final = 420.0
"""How long a run with a permanent fault is watched: the longest retry budget, 300 s, and one round."""
# docs/reference/protocol.md §4

NOTICED_LATE_S: Final = 5.0
"""A control plane notices a dead pod at most this long after the world's detection delay: a live probe comes once a
second and waits up to 2 s for its answer, and a start of the job under way ends first.
"""

HEEDED_EARLY_S: Final = 0.1
"""A client that comes back this much too early heeds a Retry-After: timers and the way of an answer take that long."""

HEEDED_LONGEST_S: Final = 60.0
"""The longest Retry-After that exactly-once must heed: as long as the SDKs do."""
# docs/reference/protocol.md §2

CALL_BURST: Final = 12
CALL_PER_S: Final = 1.0
"""The requests that one call may cause at once, and for each second that it lasts.

An SDK sends 11 in its first minute and exactly-once one every 1 to 2 s; two layers that retry on their own send more.
"""
