"""A world's settings are what docs/settings.md tells a user: each default, each bound, and each word."""

from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
NEEDS = {
    "stale": {"replicas": 1000},
    "sample_s": {"samples": 1},
    "admit_queue": {"admit_per_s": 1.0},
    "admit_queue_s": {"admit_per_s": 1.0, "admit_queue": 1},
    "admit_retry_after_s": {"admit_per_s": 1.0},
    "eject_after": {"endpoints": 2},
    "phase_s": {"clients": 2},
}  # fmt: skip
"""What a setting has no effect without."""
LARGE = 777
"""A number that no setting without an upper bound refuses."""


@cache
def told() -> dict[str, tuple[str, str]]:
    """Return the default and the range of each setting of the page's first table, which is of worlds."""
    rows = [[cell.strip() for cell in line.split("|")] for line in PAGE.read_text().splitlines() if line[:3] == "| `"]
    return {row[1].strip("`"): (row[4], row[5]) for row in reversed(rows)}


def number(text: str) -> float:
    """Return a number as the page writes it."""
    return float(text.replace(",", ""))


def made(name: str, value: object) -> Settings:
    """Return settings with this value, and with what it needs."""
    return Settings(**{**NEEDS.get(name, {}), name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [one.name for one in fields(Settings)])
def test_a_setting_has_the_default_and_the_range_of_the_page(name: str) -> None:
    """The ends of the range are accepted, and the next value beyond each is refused by the setting's name."""
    default, span = told()[name]
    value = getattr(Settings(), name)
    if isinstance(value, str):
        words = [word.strip('"') for word in span.split(", ")]
        assert value == default.strip('"')
        assert [getattr(made(name, word), name) for word in words] == words
        offered = Settings.__dataclass_fields__[name].metadata
        assert list(offered.get("among") or offered["words"]) == words
        with pytest.raises(SettingsRefused, match=f"^{name} is .*one of {', '.join(filter(None, words))}$"):
            made(name, "other")
        return
    assert value == number(default)
    if " to below " in span:
        least, end = map(number, span.split(" to below "))
        assert getattr(made(name, end - 0.001), name) == end - 0.001
        beyond = end
    elif " to " in span:
        least, end = map(number, span.split(" to "))
        assert getattr(made(name, int(end)), name) == end
        beyond = int(end) + 1
    elif " or more" in span:
        least, beyond = number(span.removesuffix(" or more")), float("inf")
        assert getattr(made(name, LARGE), name) == LARGE
    else:
        values = [int(number(one)) for one in span.split(", ")]
        assert [getattr(made(name, one), name) for one in values] == values
        with pytest.raises(SettingsRefused, match=f"^{name} is 1; it must be one of {', '.join(map(str, values))}$"):
            made(name, 1)
        return
    assert getattr(made(name, least), name) == least
    for refused in (least - 0.001, beyond):
        with pytest.raises(SettingsRefused, match=f"^{name} is "):
            made(name, refused)


@pytest.mark.parametrize("name", NEEDS)
def test_a_setting_is_refused_without_what_it_needs(name: str) -> None:
    """It would have no effect, or ask for more replicas than there are; the message names what is missing."""
    (*_, missing) = NEEDS[name]
    with pytest.raises(SettingsRefused, match=f"^{name} is .*{missing}"):
        Settings(**{**NEEDS[name], missing: Settings.__dataclass_fields__[missing].default, name: 4})


@pytest.mark.parametrize(("lease_s", "refused"), [(0.0, False), (0.5, True), (1.0, False)])
def test_a_lease_is_none_or_a_second_or_more(lease_s: float, refused: bool) -> None:
    """The control plane renews a lease three times in its time."""
    if refused:
        with pytest.raises(SettingsRefused, match=r"lease_s is 0\.5; it must be 0, no lease, or 1 or more"):
            Settings(lease_s=lease_s)
    else:
        assert Settings(lease_s=lease_s).lease_s == lease_s


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    """No comparison with a bound finds it."""
    with pytest.raises(SettingsRefused, match=f"lag_s is {value}; it must be a finite number"):
        Settings(lag_s=value)
