"""Cells are kept as they are found: a stop loses none, and none is taken for one of another measurement."""

import dataclasses
import json

import pytest

from gateway_sim.scenarios.compare.conformance import kept
from gateway_sim.scenarios.compare.conformance.cell import Applied, Found
from gateway_sim.scenarios.compare.conformance.kept import OtherMeasurement

CELL = Found("tinker-0.15", "forward_backward", "503", "ok", "", 5, 2, 0.46, None, 12.0, Applied(1, 1, 1))


@pytest.fixture
def file(tmp_path):
    """Give a file with one cell, measured with a hold of 9 s."""
    path = tmp_path / "cells.jsonl"
    kept.begin(path, 9.0)
    with path.open("a") as lines:
        lines.write(kept.as_line(CELL))
    return path


def test_what_was_kept_is_found_again(file):
    """A cell comes back as it was."""
    assert kept.resume(file, 9.0) == [CELL]


def test_a_last_line_that_was_cut_is_taken_off(file):
    """Its run was stopped while it wrote; the next cell begins a line of its own."""
    with file.open("a") as lines:
        lines.write(kept.as_line(CELL)[:40])
    assert kept.resume(file, 9.0) == [CELL]
    with file.open("a") as lines:
        lines.write(kept.as_line(CELL))
    assert kept.resume(file, 9.0) == [CELL, CELL]


def test_a_measurement_is_written_whole_without_what_the_exceptions_said(tmp_path):
    """As the project keeps it beside the page."""
    path = tmp_path / "all.jsonl"
    kept.write(path, [dataclasses.replace(CELL, message="Error code: 503")], 9.0)
    assert kept.resume(path, 9.0) == [CELL]


def test_a_file_that_is_not_there_is_begun(tmp_path):
    """So that a stopped measurement can be resumed."""
    path = tmp_path / "new.jsonl"
    assert kept.resume(path, 3.0) == []
    assert json.loads(path.read_text())["hold_s"] == 3.0


def test_cells_of_another_hold_are_refused(file):
    """A page that says 3 s must not show what was measured with 9."""
    with pytest.raises(OtherMeasurement, match=r"another measurement \(hold_s: 9\.0, not 3\.0\); name another file"):
        kept.resume(file, 3.0)


def test_cells_of_other_versions_are_refused(file):
    """An SDK that was pinned anew is another SDK."""
    file.write_text(file.read_text().replace("tinker==0.15.0", "tinker==0.14.0"))
    with pytest.raises(OtherMeasurement, match="sdks"):
        kept.resume(file, 9.0)


@pytest.mark.parametrize("line", ["no json", "[1]", "[1, [2]]", '{"sdk": "tinker-0.15"}', "3"])
def test_a_line_that_is_no_cell_is_named(file, line):
    """In one sentence, with its number."""
    with file.open("a") as lines:
        lines.write(line + "\n")
    with pytest.raises(OtherMeasurement, match=r"cells\.jsonl, line 3, is no cell"):
        kept.resume(file, 9.0)


def test_a_file_of_something_else_is_refused(tmp_path):
    """Also one that is no text at all."""
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\n")
    with pytest.raises(OtherMeasurement, match="is no cell"):
        kept.resume(path, 9.0)
