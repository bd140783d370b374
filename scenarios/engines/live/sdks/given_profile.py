"""The profile that a version which was not measured in full was given, kept in a file of its environment."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

PROFILE_FILE: Final = "profile.json"
SCHEMA: Final = "gateway-sim/given-profile/1"


@dataclass(frozen=True)
class UnlikeCell:
    """A cell in which the version and its profile differ: what each does, in the words of the conformance table."""

    place: str
    answer: str
    measured: str
    profile: str


@dataclass(frozen=True)
class GivenProfile:
    """The measured SDK whose profile a version was given, and what came of the sample of cells that it played.

    `agree` has, for each profile that was compared, the number of cells in which the version does what it says;
    `unlike` are the cells in which the version differs from the given one.
    """

    profile: str
    hold_s: float
    cells: int
    agree: Mapping[str, int]
    unlike: tuple[UnlikeCell, ...]

    @property
    def sentence(self) -> str:
        """Return in how many cells the version does what its profile says."""
        return f"as {self.profile}: {self.agree[self.profile]} of {self.cells} cells agree"


def given_sentences(name: str, given: GivenProfile) -> list[str]:
    """Return sentences: the profile that a version was given, how the others compare, and each cell apart."""
    others = [f"{count} with {profile}" for profile, count in given.agree.items() if profile != given.profile]
    beside = f" ({', '.join(others)})" if others else ""
    counted = f"{given.agree[given.profile]} of {given.cells} cells agree{beside}"
    return [
        f"{name} was given the profile of {given.profile}: {counted}.",
        *(f"{c.place}, {c.answer}: measured {c.measured}; the profile says {c.profile}." for c in given.unlike),
    ]


def keep(given: GivenProfile, folder: Path) -> None:
    """Write the file into an environment's folder. Raises OSError."""
    (folder / PROFILE_FILE).write_text(json.dumps({"schema": SCHEMA, **asdict(given)}, indent=1) + "\n")


def kept(folder: Path) -> GivenProfile | None:
    """Return the profile of the environment in a folder; None without a file, or for one that is not to be read."""
    try:
        told = json.loads((folder / PROFILE_FILE).read_text())
        given = TypeAdapter(GivenProfile).validate_python(told)
        return given if told["schema"] == SCHEMA and given.profile in given.agree else None
    except (OSError, ValueError, TypeError, KeyError, ValidationError):
        return None
