"""The documents of names: what there is to run, SDKs, written files, and the schemas themselves."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from gateway_sim.scenarios.engines.live.sdks.given_profile import GivenProfile

Entry = TypedDict(
    "Entry",
    {
        "name": str,
        "summary": str,
        "from": NotRequired[str],
        "source": NotRequired[str],
        "formerly": NotRequired[str],
        "port": NotRequired[str],
    },
)
"""A name: `from` is where its story comes from, `source` the project that holds it, `formerly` its old name.

`port` is what a part fills.
"""


class SettingEntry(TypedDict):
    """A setting of `--set`: `of` is what heeds it, every race or a policy; `range` is empty for any word."""

    name: str
    summary: str
    of: str
    unit: str
    default: str
    range: str


class Names(TypedDict):
    """Every name, by kind."""

    races: list[Entry]
    orchestration: list[Entry]
    ports: list[Entry]
    parts: list[Entry]
    clients: list[Entry]
    gateways: list[Entry]
    sdks: list[Entry]
    faults: list[Entry]
    promises: list[Entry]
    mutations: list[Entry]
    anomalies: list[Entry]
    verdicts: list[Entry]
    settings: list[SettingEntry]


class Meaning(TypedDict):
    """A name as one kind of thing: what it is, why, its settings, a line to type, and pages of the repository."""

    name: str
    kind: str
    summary: str
    why: str
    settings: list[SettingEntry]
    example: str
    pages: list[str]


class Explained(TypedDict):
    """What a name means, once for each kind of thing that has it."""

    name: str
    meanings: list[Meaning]


class Pages(TypedDict):
    """The pages whose tables of names were written."""

    pages: list[str]


class Files(TypedDict):
    """The files that were written."""

    files: list[str]


class Sdk(TypedDict):
    """An SDK, its packages, and whether it is installed here. `given` is null for one that was measured in full."""

    name: str
    summary: str
    state: Literal["absent", "broken", "installed"]
    given: GivenProfile | None


class SdkVersion(TypedDict):
    """A version of a package in the package index, and the listed SDKs that have it."""

    version: str
    sdks: list[str]


class SdkPackage(TypedDict):
    """The versions of a package that the package index has, newest first; `error` says why there are none."""

    package: str
    versions: list[SdkVersion]
    error: str | None


class Sdks(TypedDict):
    """Every measured SDK, and every version that was given a profile here; no packages with `--no-index`."""

    sdks: list[Sdk]
    packages: list[SdkPackage]


class SdkInstalled(TypedDict):
    """An SDK after its installation; `error` is the sentence of one that failed.

    `given` is the profile of a version that was not measured in full.
    """

    name: str
    state: Literal["absent", "broken", "installed"]
    folder: str
    error: str | None
    given: GivenProfile | None


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
