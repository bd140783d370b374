"""A client under the policy `exactly-once`, its scripted trainer, and a control plane that is asked about its job."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from gateway_sim.client.connecting import Access
from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint
from gateway_sim.client.retry_policies import ExactlyOnce
from gateway_sim.client.sdk.session import TrainingClient
from tests import clock

T = TypeVar("T")

URL = "http://gateway/training/v1/rlorTrainerJobs/acme/job-1"
UID = "acme/job-1#1"


class ProbedJob:
    """A control plane that knows one job; change its fields while a story is told. `silent` makes it answer nothing."""

    def __init__(self) -> None:
        self.state, self.incarnation, self.uid, self.silent = "RUNNING", 1, UID, False
        self.probes = 0

    async def probe(self, job: str) -> JobStatus:
        """Answer."""
        self.probes += 1
        if self.silent:
            raise ConnectionError("no answer")
        return JobStatus("acme", job, f"JOB_STATE_{self.state}", "", self.incarnation, self.uid)


@pytest.fixture
def job() -> ProbedJob:
    """Give a job that runs its first incarnation."""
    return ProbedJob()


@pytest.fixture
def train(bench: Any, job: ProbedJob) -> Callable[[Callable[[TrainingClient], Awaitable[T]]], T]:
    """Tell a story of a client that is connected to the job's first incarnation, and close it in the end."""

    def tell(story: Callable[[TrainingClient], Awaitable[T]], **settings: Any) -> T:
        async def told() -> T:
            access = Access(job, "key-1", bench.trainer, random.Random(0), bench.events.append)
            client = await ExactlyOnce(**settings).connect(
                access, TrainerEndpoint(URL, "acme", "job-1", 1, UID), "bytes", 4
            )
            try:
                return await story(client)
            finally:
                await client.close()

        return clock.run(told())

    return tell
