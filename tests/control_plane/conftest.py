"""A control plane on a real route table, and the one fake of these tests: a launcher, at its door to the pods."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from moto import mock_aws

from gateway_sim.control_plane.jobs.leases import Leases
from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.reconciler import Reconciler
from gateway_sim.control_plane.scheduling.seats import Seats
from gateway_sim.route_table import Blocking, Route, RouteKey, RouteTable, dynamodb_client, inline
from tests import clock

T = TypeVar("T")


@dataclass
class ScriptedLauncher:
    """A `PodLauncher` whose pods take `start_s` to come up, unless `breaks` says what they die of."""

    start_s: float = 1.0
    breaks: Exception | None = None
    up: list[tuple[str, int]] = field(default_factory=list)
    retired: list[tuple[str, int]] = field(default_factory=list)

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Take the time, then be up at an address of this incarnation's own."""
        self.up.append((job, incarnation))
        await asyncio.sleep(self.start_s)
        if self.breaks is not None:
            raise self.breaks
        return f"pod-{job}-{incarnation}:8000"

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Be up no more; one that is not up is no error."""
        if (job, incarnation) in self.up:
            self.up.remove((job, incarnation))

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Note which pod was told that it is superseded."""
        self.retired.append((job, incarnation))


@dataclass
class Plane:
    """A reconciler on a real table, in account "acme"; `events` is what both told, in order.

    Change `launcher`, `start_s`, `blocking`, `leases_of`, `acknowledgements` and `seats` before the story is told.
    """

    launcher: ScriptedLauncher = field(default_factory=ScriptedLauncher)
    start_s: float = 0.0
    fence_s: float = 0.0
    blocking: Blocking = inline
    acknowledgements: Any = None
    seats: Seats | None = None
    leases_of: Callable[[RouteTable], Leases | None] = lambda table: None
    events: list[Any] = field(default_factory=list)

    def tell(self, story: Callable[[], Awaitable[T]]) -> T:
        """Play a story on virtual time, with the table and the reconciler made, and return what it returns."""

        async def play() -> T:
            self.table = RouteTable(dynamodb_client(None), emit=self.events.append, blocking=self.blocking)
            await self.table.create()
            self.reconciler = Reconciler(
                Publisher(self.table, leases=self.leases_of(self.table)),
                self.launcher,
                emit=self.events.append,
                start_s=self.start_s,
                fence_s=self.fence_s,
                acknowledgements=self.acknowledgements,
                seats=self.seats,
            )
            try:
                return await story()
            finally:
                await self.reconciler.close()

        return clock.run(play())

    def heard(self, *kinds: type) -> list[Any]:
        """Return the events of these kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]

    async def start(self, job: str = "job-1") -> None:
        """Create a job and wait until its start is over."""
        self.reconciler.create("acme", job)
        await self.settle()

    async def settle(self) -> None:
        """Wait until whatever was begun is over; on the virtual clock an hour is nothing."""
        await asyncio.sleep(3600)

    async def route(self, job: str = "job-1") -> Route | None:
        """Read a job's route as it stands."""
        return await self.table.strong_read(RouteKey("acme", job))


@pytest.fixture
def plane() -> Iterator[Plane]:
    """Give a control plane whose pods come up."""
    with mock_aws():
        yield Plane()
