"""The documents of `--json` and the files for programs: each kind has a name, a version, and a type in this folder.

`documents/<module>.py` holds the types, which only `schema.py` imports: a command that prints needs the name alone.
A release that adds a field to a kind keeps its version; one that removes or changes a field raises it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """The command that prints or writes a document, and its type, as `module.Type`.

    `lines`: a file of JSON lines, whose first line names the schema. `given`: a file of the user's, which names none.
    Every other document has a field for it.
    """

    command: str
    type: str
    version: int = 1
    lines: bool = False
    given: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "run": Kind("run RACE", "runs.Run"),
    "runs": Kind("run RACE --seeds N", "runs.Runs"),
    "sweep": Kind("run RACE --sweep NAME=A,B", "settings.Sweep"),
    "config": Kind("run RACE --config FILE", "settings.Config", given=True),
    "stories": Kind("stories", "settings.Stories"),
    "fleet": Kind("fleet", "settings.Fleet"),
    "explain": Kind("explain NAME", "names.Explained"),
    "verify": Kind("verify", "runs.Verification"),
    "import": Kind("import FILE", "incidents.Import"),
    "judge": Kind("judge FILE", "logs.JudgedLog"),
    "enumerate": Kind("enumerate", "searches.Enumeration"),
    "order": Kind("enumerate --order N.N.N", "searches.PlayedOrder"),
    "tournament": Kind("tournament", "comparisons.Tournament"),
    "mutants": Kind("mutants", "searches.Mutants"),
    "explore": Kind("explore", "searches.Exploration"),
    "replay": Kind("replay FILE", "searches.Replayed"),
    "serve": Kind("serve", "worlds.Served"),
    "dynamodb": Kind("dynamodb", "worlds.DynamoDb"),
    "fault": Kind("fault NAME", "worlds.FaultInjected"),
    "faults": Kind("fault", "worlds.Faults"),
    "faults-lifted": Kind("fault --lift", "worlds.FaultsLifted"),
    "demo": Kind("demo", "worlds.Demo"),
    "warmup": Kind("warmup", "comparisons.Warmup"),
    "proposal": Kind("proposal", "comparisons.Proposal"),
    "conformance": Kind("conformance", "comparisons.Conformance"),
    "contract": Kind("contract", "comparisons.Contract"),
    "port-contract": Kind("contract PORT", "comparisons.PortContract"),
    "parity": Kind("parity", "comparisons.Parity"),
    "list": Kind("list", "names.Names"),
    "pages": Kind("list --into PAGE", "names.Pages"),
    "sdk-list": Kind("sdk list", "names.Sdks"),
    "sdk-install": Kind("sdk install NAME", "names.SdksInstalled"),
    "given-profile": Kind("sdk install PACKAGE==VERSION", "names.GivenProfile"),
    "sdk-survey": Kind("sdk survey", "comparisons.SdkSurvey"),
    "sdk-surface": Kind("sdk surface", "comparisons.SdkSurface"),
    "files": Kind("new KIND NAME, schema --into DIR", "names.Files"),
    "schemas": Kind("schema", "names.Schemas"),
    "trace": Kind("run RACE --trace FILE", "trace.LINE", lines=True),
    "replay-file": Kind("explore", "searches.ReplayFile"),
    "cells": Kind("conformance --page FILE", "comparisons.CELL_LINE", lines=True),
}


def schema_word(kind: str) -> str:
    """Return the word by which a document of this kind names its schema: "gateway-sim/run/1"."""
    return f"gateway-sim/{kind}/{KINDS[kind].version}"
