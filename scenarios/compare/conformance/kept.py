"""The file of measured cells: a header with the conditions of the measurement, then a JSON line for each cell.

A line is a list of the fields of `Found`, in their order.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.cell import Applied, Found
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS
from gateway_sim.scenarios.sim.errors import UsageError

SCHEMA: Final = "gateway-sim/cells/1"


class OtherMeasurement(UsageError):
    """The file holds cells of another measurement, or no cells; the message says which."""


def as_line(found: Found) -> str:
    """Return a cell as a line of the file."""
    return json.dumps(dataclasses.astuple(found), separators=(",", ":")) + "\n"


def begin(path: Path, hold_s: float) -> None:
    """Write the header of a new file. Raises OSError if it cannot be written."""
    path.write_text(json.dumps({"schema": SCHEMA, **_header(hold_s)}) + "\n")


def write(path: Path, rows: Iterable[Found], hold_s: float) -> None:
    """Write a complete measurement, without the exceptions' messages, which take most of the space."""
    begin(path, hold_s)
    with path.open("a") as lines:
        lines.writelines(as_line(dataclasses.replace(row, message="")) for row in rows)


def resume(path: Path, hold_s: float) -> list[Found]:
    """Return the cells of a file, and leave it ready for more; a missing file is begun.

    An incomplete last line of a stopped run is removed, and its cell is measured again. Raises
    `OtherMeasurement` when the file's cells were measured with another hold or of other versions.
    """
    if not path.exists() or not path.stat().st_size:
        begin(path, hold_s)
        return []
    text = path.read_text(errors="replace")
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete)
    return read(complete.splitlines(), str(path), hold_s)


def read(lines: Iterable[str], name: str, hold_s: float) -> list[Found]:
    """Return the cells of a file's complete lines. Raises `OtherMeasurement`."""
    header, *rows = [_content(line, name, number) for number, line in enumerate(lines, 1)] or [{}]
    for said, wanted in _header(hold_s).items():
        found = header.get(said) if isinstance(header, dict) else None
        if found != wanted:
            raise OtherMeasurement(
                f"{name} holds cells of another measurement ({said}: {found}, not {wanted}); name another file"
            )
    cells = [_found(row, name, number) for number, row in enumerate(rows, 2)]
    return [cell for cell in cells if cell.place in PLACES and cell.answer in ANSWERS]


def _header(hold_s: float) -> Mapping[str, Any]:
    return {"hold_s": hold_s, "sdks": {name: environment.summary for name, environment in SDKS.items()}}


def _found(row: Any, name: str, number: int) -> Found:
    try:
        facts = dict(zip((field.name for field in dataclasses.fields(Found)), row, strict=True))
        return Found(**{**facts, "applied": Applied(*facts["applied"])})
    except (TypeError, ValueError):
        raise _no_cell(name, number) from None


def _content(line: str, name: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise _no_cell(name, number) from None


def _no_cell(name: str, number: int) -> OtherMeasurement:
    return OtherMeasurement(f"{name}, line {number}, is no cell: name a file that `gateway-sim conformance` wrote")
