"""Paths of two accounts' trainers, and how a refusal of the gateway reads."""

import json

PREFIX = "/training/v1/rlorTrainerJobs/acme/job-1/"
OTHERS = "/training/v1/rlorTrainerJobs/globex/job-1/"


def refused(answer, status, slug):
    """Check that an answer is one clear problem+json that may not be cached, and return its detail."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.body)
    told = json.loads(answer.body)
    assert (told["type"], told["status"]) == (f"urn:gateway-sim:{slug}", status)
    assert told["title"]
    return told["detail"]
