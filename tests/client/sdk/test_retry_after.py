"""The wait that an answer tells: in milliseconds, in seconds, as a date, or not at all."""

import random
from email.utils import formatdate

import pytest

from gateway_sim.client.sdk.caller import Caller, Request
from gateway_sim.client.sdk.profiles import TINKER_0_15
from gateway_sim.client.sdk.retry_after import told_wait_s
from gateway_sim.client.sdk.transport import HttpReply
from tests import clock

NOW_S = 1_700_000_000.0
IN_20_S = "Tue, 14 Nov 2023 22:13:40 GMT"


@pytest.mark.parametrize(
    ("headers", "told_s"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "20"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "20"}, 20.0),
        ({"retry-after": IN_20_S}, 20.0),
        ({"retry-after": IN_20_S.replace("GMT", "+0000")}, 20.0),
        ({"retry-after": IN_20_S.replace(" GMT", "")}, 20.0),
        ({"retry-after": IN_20_S.replace("40", "00")}, -20.0),
        ({"retry-after": "3600"}, 3600.0),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Tue, 99 Nov 99999999999 22:13:40 GMT"}, None),
    ],
)
def test_the_first_header_that_can_be_read_tells_the_wait(headers, told_s):
    """Milliseconds before seconds before a date; a date is compared with the caller's clock."""
    assert told_wait_s(headers, NOW_S) == told_s


@pytest.mark.parametrize(
    "told", [lambda s: f"{s}", lambda s: formatdate(NOW_S + s, usegmt=True)], ids=["seconds", "date"]
)
@pytest.mark.parametrize(("after_s", "heeded"), [(20, True), (60, True), (61, False), (3600, False), (-5, False)])
def test_a_dispatch_waits_as_long_as_it_was_told_in_either_form(told, after_s, heeded):
    """Above 0 s and up to 60 s, as the SDK; otherwise by its own backoff, at most 0.5 s before the first repetition."""
    replies, waits = [HttpReply(503, {"retry-after": told(after_s)}, b"{}", NOW_S), HttpReply(200, {}, b"{}")], []

    class Scripted:
        async def send(self, pool, call):
            return replies.pop(0)

        async def close(self):
            pass

    async def told_to_wait():
        caller = Caller(Scripted(), random.Random(0), lambda event: waits.append(getattr(event, "after_s", 0.0)))
        request = Request("dispatch", "POST", "http://gw", "/api/v1/optim_step", {})
        await caller.call(request, TINKER_0_15.rule_of("optim_step"))

    clock.run(told_to_wait())
    assert max(waits) == pytest.approx(after_s) if heeded else max(waits) <= 0.5
