"""Which measured profile a version of an SDK is most like, by a sample of cells that it plays in virtual time."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway_sim.scenarios.compare.conformance.by_guest import by_guests
from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
from gateway_sim.scenarios.compare.conformance.cell import Cell, Found
from gateway_sim.scenarios.compare.conformance.places import QUICK_PLACES
from gateway_sim.scenarios.compare.conformance.table import cells
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment, nearest
from gateway_sim.scenarios.engines.live.sdks.versions import parsed
from gateway_sim.scenarios.run.workers import Workers

SAMPLE_PLACES: Final = (
    "client/config", *QUICK_PLACES, "save_state", "create_sampling_session", "asample", "asample's result",
)  # fmt: skip
SAMPLE_ANSWERS: Final = (
    "404", "400 empty", "409", "429", "503", "503 + Retry-After", "503 after it was done", "connection refused",
    "no answer",
)  # fmt: skip
"""The answers of the races and their fixes, and those by which the measured SDKs differ from one another."""
HOLD_S: Final = 9.0
"""How long a fault lasts: as in the table of docs/conformance.md."""


@dataclass(frozen=True)
class Likeness:
    """The profile with which a version agrees most, how many cells agree with each profile, and which do not with it.

    Each of `unlike` is a cell as it was measured, and as the profile says.
    """

    profile: str
    cells: int
    agree: Mapping[str, int]
    unlike: Sequence[tuple[Found, Found]]


def profiles_beside(environment: SdkEnvironment) -> list[str]:
    """Return the measured SDKs to compare a version with, the nearest first: those whose users make the same calls."""
    package, version = parsed(environment.name) or ("", None)
    assert version is not None, f"{environment.name} is no version of a package"
    near = nearest(package, version)
    return [one.name for one in near if _samples(one.name) == _samples(near[0].name)]


def _samples(name: str) -> bool:
    return any(cells([name], ("asample",), ("404",)))


def sample_of(environment: SdkEnvironment) -> list[Cell]:
    """Return the cells that a version plays."""
    like = cells(profiles_beside(environment)[:1], SAMPLE_PLACES, SAMPLE_ANSWERS)
    return [(environment.name, place, answer) for _, place, answer in like]


def measured_of(environment: SdkEnvironment, jobs: int) -> Iterator[Found]:
    """Yield the cells of the sample as an installed version plays them, in virtual time, from `jobs` processes."""
    yield from by_guests(sample_of(environment), Workers(jobs), hold_s=HOLD_S)


def likeness(measured: Sequence[Found], profiles: Sequence[str]) -> Likeness:
    """Return the profile that agrees with the most cells, of several the first."""
    wanted = [(profile, found.place, found.answer) for profile in profiles for found in measured]
    said = expected(wanted, hold_s=HOLD_S)
    unlike = {
        name: apart([dataclasses.replace(found, sdk=name) for found in measured], [s for s in said if s.sdk == name])
        for name in profiles
    }
    best = min(profiles, key=lambda name: len(unlike[name]))
    agree = {name: len(measured) - len(cells) for name, cells in unlike.items()}
    return Likeness(best, len(measured), agree, unlike[best])
