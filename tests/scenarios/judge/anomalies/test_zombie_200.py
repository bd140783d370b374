"""A pod that serves a request sent after its route had ended, on traces written by hand."""

import pytest

from gateway_sim.events import RequestForwarded, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.anomalies.zombie_200 import zombie_200
from gateway_sim.trainer_pod import events

POD = ("acme", "job-1", 1)
PUBLISHED = RoutePublished("acme", "job-1", 1, "http://a")
GONE = RouteWithdrawn("acme", "job-1", 1)
NEWER = RoutePublished("acme", "job-1", 2, "http://b")


def made(event, **given):
    """Return an event of the pod with these fields; the others are empty."""
    fields = event.__dataclass_fields__
    empty = {"int": 0, "str": "", "float": 0.0, "bool": False}
    values = {name: given.get(name, empty.get(str(one.type))) for name, one in fields.items()}
    values |= dict(zip(("account", "job", "incarnation"), POD, strict=True))
    return event(**values)


SERVED = [
    ("connect", made(events.SessionCreated)),
    ("connect", made(events.ModelCreated)),
    ("connect", made(events.OperationAccepted, kind="create_model")),
    ("dispatch", made(events.OperationAccepted, kind="optim_step")),
    ("sample", made(events.OperationAccepted, kind="asample")),
    ("dispatch", made(events.OperationRepeated, kind="forward_backward")),
    ("sample", made(events.OperationRepeated, kind="asample")),
    ("poll", made(events.ResultDelivered)),
]


def sent(leg, generation=1):
    """Return a request to the pod."""
    return RequestForwarded("gw-0", "acme", "job-1", leg, generation, "http://a")


@pytest.mark.parametrize("end", [GONE, NEWER])
@pytest.mark.parametrize(("leg", "served"), SERVED)
def test_what_a_pod_serves_after_its_end_is_shown_once(history, end, leg, served):
    """With the end of the route, the request and the pod's event."""
    trace = history(*enumerate([PUBLISHED, end, sent(leg), served, served]))
    (found,) = zombie_200(trace)
    assert found.message == "the pod of generation 1 served a request sent 1.000 s after its end"
    assert (found.at_s, found.witness) == (3, tuple(trace.entries[1:4]))


@pytest.mark.parametrize(("leg", "served"), SERVED)
def test_what_was_sent_in_time_or_on_another_leg_is_not_shown(history, leg, served):
    """A pod may answer late what it was sent while its route was live."""
    other = "poll" if leg != "poll" else "connect"
    for told in ([PUBLISHED, sent(leg), GONE, served], [PUBLISHED, GONE, sent(other), served], [GONE, served]):
        assert list(zombie_200(history(*enumerate(told)))) == []
