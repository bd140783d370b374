"""How long an answer tells its caller to wait, read from its headers as the SDKs read them. Pure."""

from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz


def told_wait_s(headers: Mapping[str, str], received_at: float) -> float | None:
    """Return the seconds that an answer tells its caller to wait; None if it tells nothing that can be read.

    `headers` have names in lower case. The first header that can be read counts: `retry-after-ms`, then `retry-after`
    in seconds, then `retry-after` as an HTTP date. A date is compared with `received_at`, the caller's clock in seconds
    since 1970, as the SDKs do; the answer's own `Date` is not asked. So the result is negative for a date in the past,
    and wrong by as much as the two clocks differ (docs/reference/protocol.md §2).
    """
    for name, per_s in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers[name]) / per_s
        except (KeyError, ValueError):
            continue
    date = parsedate_tz(headers.get("retry-after", ""))
    if date is None:
        return None
    try:
        # without a zone, a date is in UTC, as HTTP has it
        return float(mktime_tz((*date[:9], date[9] or 0))) - received_at
    except (OverflowError, ValueError):
        return None
