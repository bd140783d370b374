"""A client that comes back earlier than it was told keeps an overloaded gateway overloaded."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.client.sdk.profiles import PROFILES, SdkProfile
from gateway_sim.scenarios.judge.limits import HEEDED_EARLY_S, HEEDED_LONGEST_S
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace


def retry_after_is_heeded(trace: Trace) -> Iterator[Violation]:
    """Retry-After is heeded: no request is repeated earlier than its answer told, where the client's SDK heeds it.

    An SDK heeds it up to 60 s, in its inner loop, and not on a poll (docs/reference/protocol.md §2); exactly-once heeds
    it on every leg.
    """
    built = next(trace.of(WorldBuilt), None)
    if built is None or built.event.sdk not in PROFILES:
        return
    own, profile = built.event.client == "exactly-once", PROFILES[built.event.sdk]
    told: dict[tuple[str, str, str | None], Entry] = {}
    sent: dict[tuple[str, str, str | None], int] = defaultdict(int)
    for entry in trace.of(CallSent, CallAnswered):
        event = entry.event
        key = entry.source, event.path, event.request_id
        if isinstance(event, CallAnswered):
            sent[key] = 0 if event.status < 400 else sent[key]
            if event.status >= 400 and event.retry_after_s is not None:
                told[key] = entry
            continue
        answer = told.pop(key, None)
        if answer is not None and _heeds(own, profile, answer.event, sent[key]):
            early_s = answer.at_s + answer.event.retry_after_s - entry.at_s
            if early_s > HEEDED_EARLY_S:
                message = f"{event.path} was sent again {early_s:.1f} s earlier than the answer told"
                yield Violation.of(message, answer, entry)
        sent[key] += 1


def _heeds(own: bool, profile: SdkProfile, answer: CallAnswered, attempts: int) -> bool:
    """Say whether a client heeds an answer, after so many attempts at the same request."""
    if answer.leg in ("heartbeat", "health", "control", "other"):
        # a heartbeat is no repetition, and no SDK heeds the control plane's
        return False
    if own:
        return (answer.retry_after_s or 0.0) <= HEEDED_LONGEST_S
    inner = profile.rule_of(answer.path.removeprefix("/api/v1/")).inner
    longest_s = inner.retry_after_longest_s
    if longest_s is None or inner.retries is None or not 0 < (answer.retry_after_s or 0.0) <= longest_s:
        return False
    # the outer loop begins a new round without a look at the header
    return attempts % (inner.retries + 1) != 0
