"""The sandbox of a story: settings, seeds, trace, scratch folder, storage that moto answers; no gateway, no pods."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from gateway_sim.control_plane.data.buckets import Bucket, s3_client
from gateway_sim.route_table import dynamodb_client
from gateway_sim.scenarios.sim.clock import VirtualLoop, waiting
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import StoryHung
from gateway_sim.scenarios.sim.moto import MOTO
from gateway_sim.scenarios.sim.scratch import scratch_folder
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import check_settings

A_YEAR_S: Final = 365 * 86_400.0

S = TypeVar("S")
T = TypeVar("T")
N = TypeVar("N", int, float)

Make = Callable[..., Any]
"""What makes a part: it is called with the sandbox, and by name with what the port's file says."""

VARIANTS = ("broken", "half-fixed", "fixed")
"""The failure, a plausible but insufficient fix, and a sufficient fix."""


def at_least(least: float, default: N) -> N:
    """Return the field of a number of `least` or more."""
    bounded: N = field(default=default, metadata={"least": least})
    return bounded


def above_zero(default: float) -> float:
    """Return the field of a number above 0."""
    bounded: float = field(default=default, metadata={"above": 0})
    return bounded


def one_of(*words: str) -> str:
    """Return the field of a word that must be one of these; the first is its default."""
    chosen: str = field(default=words[0], metadata={"words": words})
    return chosen


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their end. Raises what one of them ended with: a defect is no finding of a story."""
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, BaseException) and not isinstance(ended, asyncio.CancelledError):
            raise ended


@dataclass(frozen=True)
class SandboxSettings:
    """The settings of every story; one whose half-fixed variant may lack several parts adds a word for these.

    The `variant` that is played is the failure, a fix that does not suffice, or one that does. A story that has not
    ended by itself is ended at `horizon_s`.
    """

    variant: str = one_of(*VARIANTS)
    horizon_s: float = A_YEAR_S

    def __post_init__(self) -> None:
        """Refuse a word that its field does not list, and a number out of bounds. Raises `SettingsRefused`."""
        for one in fields(self):
            value, words = getattr(self, one.name), one.metadata.get("words")
            if words and value not in words:
                raise SettingsRefused(f"{one.name} is {value!r}; it must be one of {', '.join(words)}")
            if "above" in one.metadata and value == 0:
                raise SettingsRefused(f"{one.name} is {value}; it must be above 0")
        check_settings(self)

    def require(self, name: str, least: float, because: str) -> None:
        """Refuse a number below the `least` that other settings imply; `because` is their formula.

        Raises `SettingsRefused`.
        """
        if (value := getattr(self, name)) < least:
            raise SettingsRefused(f"{name} is {value}; it must be {least:g} or more, which is {because}")

    def begins_within(self, name: str, times: int) -> None:
        """Refuse a pace of so many beginnings that the last comes after the horizon. Raises `SettingsRefused`."""
        if (pace_s := getattr(self, name)) * times >= self.horizon_s:
            raise SettingsRefused(
                f"{name} is {pace_s:g}; {times} of them take longer than horizon_s, {self.horizon_s:g}"
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the fix of which the half-fixed variant may omit one; empty where there is no such choice."""
        return next((one.metadata["words"] for one in fields(self) if one.name == "omits"), ())

    @property
    def omitted(self) -> str:
        """The part of the fix that the half-fixed variant omits; "" in the other variants."""
        return getattr(self, "omits", "") if self.variant == "half-fixed" else ""

    def has(self, part: str) -> bool:
        """Say whether this part of the fix is in place: no part is in the broken variant, each is in the fixed one."""
        return self.variant != "broken" and part != self.omitted


class Sandbox(Generic[S]):
    """What a story runs on. Open it with `async with`; it leaves nothing behind.

    `parts` has what makes the parts of the user's own, by port.
    """

    def __init__(self, seeds: Seeds, trace: Trace, settings: S, parts: Mapping[str, Make] | None = None) -> None:
        self.seeds = seeds
        self.trace = trace
        self.settings = settings
        self.parts = parts or {}
        self.emit = trace.emitter("sandbox")
        self.folder = Path()
        self._began_s = 0.0
        self._tables: list[str] = []
        self._buckets: list[str] = []
        self._playing: asyncio.Task[Any] | None = None
        self._failed: BaseException | None = None

    async def __aenter__(self) -> Sandbox[S]:
        """Put moto in place and make the scratch folder."""
        MOTO.hold()
        self.folder = Path(scratch_folder(in_memory=True))
        self._began_s = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Drop the tables, the buckets, the folder and moto."""
        if self._buckets:
            MOTO.drop_buckets()
        for name in self._tables:
            dynamodb_client(None).delete_table(TableName=name)
        shutil.rmtree(self.folder, ignore_errors=True)
        MOTO.release()

    @property
    def now_s(self) -> float:
        """Seconds since the story began."""
        return asyncio.get_running_loop().time() - self._began_s

    def table(self, name: str) -> tuple[Any, str]:
        """Return a DynamoDB client and the name of a table, keyed by the string `name`; the first call creates it."""
        client = dynamodb_client(None)
        if name in self._tables:
            return client, name
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._tables.append(name)
        return client, name

    def bucket(self, name: str) -> Bucket:
        """Return an S3 bucket with versioning; the first call creates it."""
        bucket = Bucket(s3_client(), name)
        if name not in self._buckets:
            bucket.create()
            self._buckets.append(name)
        return bucket

    async def play(self, story: Callable[[Sandbox[S]], Awaitable[None]]) -> None:
        """Play a story to its end, to the horizon of its settings, or until every task waits for another.

        Raises what `fail` was called with.
        """
        loop, playing = asyncio.get_running_loop(), asyncio.current_task()
        assert isinstance(loop, VirtualLoop)
        assert playing is not None
        self._playing = playing
        hung: list[StoryHung] = []

        def end() -> None:
            hung.append(StoryHung(round(self.now_s, 6), tuple(waiting(loop))))
            playing.cancel()

        loop.end_at(loop.time() + getattr(self.settings, "horizon_s", A_YEAR_S), end)
        try:
            await story(self)
            if self._failed is not None:
                # a story that waits for nothing more has not met its cancellation
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if not hung and self._failed is None:
                raise
            playing.uncancel()
            if self._failed is None:
                self.emit(hung[0])
        if self._failed is not None:
            raise self._failed

    def fail(self, error: BaseException) -> None:
        """End the story with the error of a part that a timer called: no task would raise it. The first one counts."""
        if self._failed is None and self._playing is not None:
            self._failed = error
            self._playing.cancel()

    async def until_s(self, moment_s: float) -> None:
        """Sleep until this second of the story; return at once when it has passed."""
        await asyncio.sleep(max(moment_s - self.now_s, 0.0))

    async def blocking(self, call: Callable[[], T], takes_s: float = 0.0) -> T:
        """Run a library's call, its own threads included, in no virtual time; then let `takes_s` seconds pass."""
        result = call()
        await asyncio.sleep(takes_s)
        return result
