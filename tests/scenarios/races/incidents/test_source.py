"""A log that was made to harm: lines and files without end are refused with a sentence."""

import gzip
from pathlib import Path

import pytest

from gateway_sim.scenarios.races.incidents import source
from gateway_sim.scenarios.races.incidents.log import LogRefused
from gateway_sim.scenarios.races.incidents.source import LONGEST_LINE, Source


def test_a_line_without_end_is_refused_by_its_number(tmp_path: Path) -> None:
    """It would be kept whole, also where it comes out of a small file."""
    for name in ("log.jsonl", "log.jsonl.gz"):
        with (gzip.open if name.endswith("gz") else open)(tmp_path / name, "wt") as file:
            file.write("{}\n" + "x" * (LONGEST_LINE + 1))
        with pytest.raises(LogRefused, match="line 2: it is longer than"):
            list(Source(tmp_path / name).lines())


def test_a_small_file_does_not_unpack_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its characters are counted as they come out."""
    monkeypatch.setattr(source, "MOST_CHARACTERS", 1000)
    with gzip.open(tmp_path / "log.csv.gz", "wt") as file:
        file.write("time,status,leg\n" * 100)
    lines = Source(tmp_path / "log.csv.gz").lines()
    with pytest.raises(LogRefused, match="it has more than 1,000 characters"):
        list(lines)
