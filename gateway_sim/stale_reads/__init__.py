"""Replica lag around any boto3 DynamoDB client, for testing readers of one's own; no gateway is needed.

Emulators of DynamoDB answer every read with the newest item. DynamoDB does not: a read without `ConsistentRead=True`
may answer with what was true some time ago, and the next read with something else. `StaleReadClient` puts that between
a reader and its table:

    import time

    import boto3

    from gateway_sim.lag import Uniform
    from gateway_sim.stale_reads import Fresh, Lagging, StaleReadClient

    replicas = [Fresh(), Lagging(Uniform(0, 8))]
    with StaleReadClient(boto3.client("dynamodb"), replicas, now=time.monotonic, seed=7) as stale:
        reader = stale.connect()     # has the client's methods: get_item, query, scan, paginators, ...
        stale.connect().put_item(TableName="routes", Item={"route": {"S": "acme/job-1"}})
        reader.get_item(TableName="routes", Key={"route": {"S": "acme/job-1"}})     # there, or not yet

* **Per replica**: there is one view for each replica, `Fresh()`, `Lagging(law)` or `Partitioned(since_s)`;
  `stale.views` may be changed while it runs. Laws are in `gateway_sim.lag`, SimpleDB's measured step among them.
* **Per key**: each change of each item has a lag of its own on each replica, drawn from the seed, the replica, the
  table and the key, so that reading one key moves nothing for another.
* **Per connection**: `connect()` is a connection; the balancer pins it to a replica (`PerConnection`, the default) or
  picks one for each request (`PerRequest`).
* **Strong reads do not lag**: `ConsistentRead=True` and transactions reach the table itself; on a global secondary
  index a strong read is refused, as DynamoDB refuses it, also where the emulator would answer.
* **Misses can be cached**: with `miss_ttl_s`, a replica that answered "no such item" to `get_item` or
  `batch_get_item` says so again for that long, as DAX does; the connection's own write to that key ends it, others' do
  not.

What replicas see lies in tables beside the real one, `<table>.replica-0` and so on, so that filters, projections,
indexes and pages are the engine's own; `close` drops them. A write that bypasses the `StaleReadClient` is dated to the
first read through it that meets it. A query or scan reads the whole table once more: this is for tests, not for tables
of a million items. PartiQL reads must be strong. Time is what `now` returns: `time.monotonic`, a test's own clock, or a
loop's `time`.
"""

from gateway_sim.replicas import Fresh, Lagging, Partitioned
from gateway_sim.stale_reads.client import StaleReadClient
from gateway_sim.stale_reads.connection import StaleConnection, StaleReadRefused

__all__ = ["Fresh", "Lagging", "Partitioned", "StaleConnection", "StaleReadClient", "StaleReadRefused"]
