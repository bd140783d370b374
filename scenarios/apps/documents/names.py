"""The documents of names: what there is to run, SDKs, written files, and the schemas themselves."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

Entry = TypedDict(
    "Entry",
    {"name": str, "summary": str, "from": NotRequired[str], "source": NotRequired[str], "formerly": NotRequired[str]},
)
"""A name: `from` is where its story comes from, `source` the project that holds it, `formerly` its old name."""


class Names(TypedDict):
    """Every name, by kind."""

    races: list[Entry]
    orchestration: list[Entry]
    clients: list[Entry]
    gateways: list[Entry]
    sdks: list[Entry]
    faults: list[Entry]
    promises: list[Entry]
    mutations: list[Entry]
    anomalies: list[Entry]


class Pages(TypedDict):
    """The pages whose tables of names were written."""

    pages: list[str]


class Files(TypedDict):
    """The files that were written."""

    files: list[str]


class Sdk(TypedDict):
    """A measured SDK, its packages, and whether it is installed here."""

    name: str
    summary: str
    state: Literal["absent", "broken", "installed"]


class Sdks(TypedDict):
    """Every measured SDK."""

    sdks: list[Sdk]


class SdkInstalled(TypedDict):
    """An SDK after its installation; `error` is the sentence of one that failed."""

    name: str
    state: Literal["absent", "broken", "installed"]
    folder: str
    error: str | None


class SdksInstalled(TypedDict):
    """Every SDK that was to be installed."""

    sdks: list[SdkInstalled]


class SchemaName(TypedDict):
    """A kind of document: the command that prints or writes it, and the word by which the document names its schema."""

    kind: str
    command: str
    schema: str


class Schemas(TypedDict):
    """Every kind of document."""

    schemas: list[SchemaName]
