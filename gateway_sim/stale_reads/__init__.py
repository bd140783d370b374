"""Replica lag for any DynamoDB reader in Python, to test the reader; no gateway is needed.

Emulators of DynamoDB answer every read with the newest item. DynamoDB does not: a read without `ConsistentRead=True`
may return an older state, and the next read another one. `StaleReadClient` adds that behaviour:

    import time

    import boto3

    from gateway_sim.stale_reads import Fresh, Lagging, StaleReadClient, Uniform

    replicas = [Fresh(), Lagging(Uniform(0, 8))]
    with StaleReadClient(boto3.client("dynamodb"), replicas, now=time.monotonic, seed=7) as stale:
        reader = stale.connect()                              # a boto3 client
        table = stale.wrap(boto3.resource("dynamodb")).Table("routes")
        table.put_item(Item={"route": "acme/job-1"})
        reader.get_item(TableName="routes", Key={"route": {"S": "acme/job-1"}})     # there, or not yet

* **Any reader**: `wrap` takes a client, resource, table or session of boto3, botocore, aioboto3 or aiobotocore, or a
  model or connection of PynamoDB. Each call of it is answered at botocore's own events, below all of these.
* **Per replica**: each replica has a view, `Fresh()`, `Lagging(law)` or `Partitioned(since_s)`; `stale.views` may be
  changed at any time. The laws include SimpleDB's measured step.
* **Per key**: each change of each item has a lag of its own on each replica, drawn from the seed, the replica, the
  table and the key, so that reads of one key do not affect another.
* **Per connection**: each client is a connection; the balancer pins it to a replica (`PerConnection`, the default) or
  picks one for each request (`PerRequest`).
* **Strong reads do not lag**: `ConsistentRead=True` and transactions read the table itself. A strong read of a global
  secondary index is refused, as by DynamoDB, even if the emulator would answer.
* **No read is fresh in silence**: what cannot be answered with stale items raises `StaleReadRefused`. A wrong call gets
  the error that it gets without stale reads.
* **Misses can be cached**: with `miss_ttl_s`, a replica that answered "no such item" to `get_item` or
  `batch_get_item` repeats that answer for so long, as DAX does. A write to the key through the same replica ends it.
* **Flat memory**: with `keep_s`, a state of an item is dropped so many seconds after a newer one, unless a replica can
  still show it. By default every state is kept.
* **Fewer requests**: with `only_writer`, no other client writes the tables, and they are not read before each call.

Each replica's view is a copy beside the real table, `<table>_replica_0` and so on, so that filters, projections,
indexes and pages are the engine's own; `close` deletes the copies. A write by a client that is not wrapped gets the
time of the first call that finds it. Each query or scan reads the real table completely, so this is for tests, not for
tables of a million items. `now` returns the time: `time.monotonic`, a test's own clock, or a loop's `time`.
"""

from gateway_sim.balancer import PerConnection, PerRequest, RoundRobin
from gateway_sim.lag import Exponential, Fixed, SimpleDbStep, Uniform
from gateway_sim.replicas import Fresh, Lagging, Partitioned
from gateway_sim.stale_reads.client import StaleReadClient
from gateway_sim.stale_reads.connection import StaleConnection
from gateway_sim.stale_reads.refusals import StaleReadRefused

__all__ = [
    "Exponential",
    "Fixed",
    "Fresh",
    "Lagging",
    "Partitioned",
    "PerConnection",
    "PerRequest",
    "RoundRobin",
    "SimpleDbStep",
    "StaleConnection",
    "StaleReadClient",
    "StaleReadRefused",
    "Uniform",
]
