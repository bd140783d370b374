"""Requests that were sent to the wrong pod, on traces written by hand."""

import pytest

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.anomalies.misdirected_request import misdirected_request
from gateway_sim.trainer_pod.events import RequestMisdirected

PUBLISHED = RoutePublished("acme", "job-1", 1, "http://a")
GONE = RouteWithdrawn("acme", "job-1", 1)
OWN, OTHER = PodPlaced("acme", "job-1", 1, "http://a"), PodPlaced("acme", "other", 3, "http://a")
SENT = RequestForwarded("gw-0", "acme", "job-1", "dispatch", 1, "http://a")
REFUSED = RequestMisdirected("acme", "other", 3, "acme/job-1@1")
CAME = "a request for acme/job-1@1 came to acme/other@3, which refused it"
WENT = "a request for acme/job-1@1 was sent to acme/other@3"
ENDED = "acme/job-1@1 had ended 1.000 s before a request was sent there"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([PUBLISHED, OWN, SENT], []),
        ([PUBLISHED, OTHER, SENT, REFUSED], [(2, WENT, (1, 2))]),
        ([PUBLISHED, OWN, GONE, SENT], [(3, ENDED, (2, 3))]),
        ([PUBLISHED, SENT, REFUSED], [(2, CAME, (1, 2))]),
        ([REFUSED], [(0, CAME, (0,))]),
        ([REFUSED, REFUSED], [(0, CAME, (0,)), (1, CAME, (1,))]),
        ([PUBLISHED, OTHER, SENT, REFUSED, SENT, REFUSED], [(2, WENT, (1, 2)), (4, WENT, (1, 4))]),
        ([PUBLISHED, OTHER, SENT, OWN, SENT, REFUSED], [(2, WENT, (1, 2)), (5, CAME, (4, 5))]),
    ],
    ids=["the right pod", "another's pod", "an ended route", "a refusal", "a refusal alone", "two refusals",
         "two requests, both refused", "the right pod in between"],
)  # fmt: skip
def test_each_request_to_a_wrong_pod_is_shown_once(history, told, shown):
    """By what was sent or by the pod's refusal; a refusal of a request that was shown already adds nothing."""
    trace = history(*enumerate(told))
    found = [(one.at_s, one.message, one.witness) for one in misdirected_request(trace)]
    assert found == [(at_s, text, tuple(trace.entries[n] for n in places)) for at_s, text, places in shown]
