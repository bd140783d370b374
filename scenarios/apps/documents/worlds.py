"""The documents of served worlds: their addresses, their faults, the demo."""

from typing import Literal

from pydantic import JsonValue, with_config
from typing_extensions import TypedDict


class ServedInstance(TypedDict):
    """An instance of a user's own gateway, its address, and the variables with which it runs."""

    name: str
    address: str
    environ: dict[str, str]


class Served(TypedDict):
    """The base URLs of a served world, its keys, and the variables by which the SDKs find it.

    `instances` are those of a user's own gateway, in the order of the replicas; this project's has none.
    `desk` is the old name of `admin`, until 0.3.
    """

    platform: str
    gateway: str
    admin: str
    desk: str
    account: str
    job: str
    api_key: str
    fireworks_api_key: str
    base_model: str
    instances: list[ServedInstance]
    environ: dict[str, str]


class DynamoDbReplica(TypedDict):
    """A replica, what it sees, and the access key id that reads it."""

    replica: int
    view: str
    access_key_id: str


class DynamoDb(TypedDict):
    """A DynamoDB endpoint with stale reads, where its tables are, and the variables by which an AWS SDK finds it."""

    endpoint: str
    admin: str
    region: str
    backing: str
    pick: str
    seed: int
    replicas: list[DynamoDbReplica]
    environ: dict[str, str]


class FaultKind(TypedDict):
    """What a fault does, and its settings with their defaults; null: the setting must be given."""

    summary: str
    settings: dict[str, JsonValue]


Faults = dict[str, FaultKind]


@with_config({"extra": "allow"})
class FaultInjected(TypedDict):
    """The fault that began; its settings are beside its name."""

    fault: str


class FaultsLifted(TypedDict):
    """Every fault without an end of its own has ended."""

    status: Literal["lifted"]


class Demo(TypedDict):
    """The URL of the demo's page."""

    page: str
