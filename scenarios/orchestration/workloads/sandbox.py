"""The sandbox of a scenario: seeds, trace, scratch folder, and storage that moto answers; no gateway and no pods."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from control_plane.data.buckets import Bucket, s3_client
from gateway_sim.route_table import dynamodb_client
from scenarios.sim.moto import MOTO
from scenarios.sim.scratch import scratch_root
from scenarios.sim.seeds import Seeds
from scenarios.sim.trace import Trace

S = TypeVar("S")
T = TypeVar("T")


class Sandbox(Generic[S]):
    """Everything a scenario of orchestration needs. Open it with `async with`; it leaves nothing behind."""

    def __init__(self, seeds: Seeds, trace: Trace, settings: S) -> None:
        self.seeds = seeds
        self.trace = trace
        self.settings = settings
        self.emit = trace.emitter("sandbox")
        self.folder = Path()
        self._began_s = 0.0
        self._tables: list[str] = []
        self._has_buckets = False

    async def __aenter__(self) -> Sandbox[S]:
        """Put moto in place and make the scratch folder."""
        MOTO.hold()
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-sim-", dir=scratch_root()))
        self._began_s = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Drop the tables, the buckets, the folder and moto."""
        if self._has_buckets:
            MOTO.drop_buckets()
        for name in self._tables:
            dynamodb_client(None).delete_table(TableName=name)
        shutil.rmtree(self.folder, ignore_errors=True)
        MOTO.release()

    @property
    def now_s(self) -> float:
        """Seconds since the scenario began."""
        return asyncio.get_running_loop().time() - self._began_s

    def table(self, name: str) -> tuple[Any, str]:
        """Return a DynamoDB client and the name of a new table of it, keyed by the string `name`."""
        client = dynamodb_client(None)
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._tables.append(name)
        return client, name

    def bucket(self, name: str) -> Bucket:
        """Return a new S3 bucket with versioning."""
        bucket = Bucket(s3_client(), name)
        bucket.create()
        self._has_buckets = True
        return bucket

    async def until_s(self, moment_s: float) -> None:
        """Sleep until this second of the scenario; a moment that has passed is now."""
        await asyncio.sleep(max(moment_s - self.now_s, 0.0))

    async def held(self, call: Callable[[], T], for_s: float = 0.0) -> T:
        """Run a library's call while the clock is held, threads of its own and all, then charge it `for_s` seconds."""
        result = call()
        await asyncio.sleep(for_s)
        return result
