"""Replica lag around any boto3 DynamoDB client, to test any reader; no gateway is needed.

Emulators of DynamoDB answer every read with the newest item. DynamoDB does not: a read without `ConsistentRead=True`
may return an older state, and the next read another one. `StaleReadClient` adds that behaviour to a client:

    import time

    import boto3

    from gateway_sim.lag import Uniform
    from gateway_sim.stale_reads import Fresh, Lagging, StaleReadClient

    replicas = [Fresh(), Lagging(Uniform(0, 8))]
    with StaleReadClient(boto3.client("dynamodb"), replicas, now=time.monotonic, seed=7) as stale:
        reader = stale.connect()     # has the client's methods: get_item, query, scan, paginators, ...
        stale.connect().put_item(TableName="routes", Item={"route": {"S": "acme/job-1"}})
        reader.get_item(TableName="routes", Key={"route": {"S": "acme/job-1"}})     # there, or not yet

* **Per replica**: each replica has a view, `Fresh()`, `Lagging(law)` or `Partitioned(since_s)`; `stale.views` may be
  changed at any time. Laws are in `gateway_sim.lag`, including SimpleDB's measured step.
* **Per key**: each change of each item has a lag of its own on each replica, drawn from the seed, the replica, the
  table and the key, so that reads of one key do not affect another.
* **Per connection**: `connect()` is a connection; the balancer pins it to a replica (`PerConnection`, the default) or
  picks one for each request (`PerRequest`).
* **Strong reads do not lag**: `ConsistentRead=True` and transactions read the table itself. A strong read of a global
  secondary index is refused, as by DynamoDB, even if the emulator would answer.
* **Misses can be cached**: with `miss_ttl_s`, a replica that answered "no such item" to `get_item` or
  `batch_get_item` repeats that answer for so long, as DAX does. A write to the key through the same replica ends it.

Each replica's view is a copy beside the real table, `<table>.replica-0` and so on, so that filters, projections,
indexes and pages are the engine's own; `close` deletes the copies. A write that bypasses the `StaleReadClient` gets the
time of the first read that finds it. Each query or scan reads the real table completely, so this is for tests, not for
tables of a million items. PartiQL reads must be strong. `now` returns the time: `time.monotonic`, a test's own clock,
or a loop's `time`.
"""

from gateway_sim.replicas import Fresh, Lagging, Partitioned
from gateway_sim.stale_reads.client import StaleReadClient
from gateway_sim.stale_reads.connection import StaleConnection
from gateway_sim.stale_reads.refusals import StaleReadRefused

__all__ = ["Fresh", "Lagging", "Partitioned", "StaleConnection", "StaleReadClient", "StaleReadRefused"]
