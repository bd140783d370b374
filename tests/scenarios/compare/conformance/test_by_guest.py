"""Cells that real SDKs play in virtual time: what a store keeps of them (tests/sdk plays them)."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.compare.conformance import by_guest
from gateway_sim.scenarios.compare.conformance.by_guest import by_guests
from gateway_sim.scenarios.compare.conformance.cell import Applied, Cell, Found
from gateway_sim.scenarios.run.store import Store
from gateway_sim.scenarios.run.workers import Workers

pytest.importorskip("pyarrow", reason="the extra store is not installed: pip install 'gateway-sim[store]'")

CELLS: list[Cell] = [("tinker-0.15", "optim_step", "404"), ("tinker-0.15", "optim_step", "503")]


def test_a_cell_in_the_store_is_not_measured_again_unless_the_fault_lasts_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell is what was played, and for how long."""
    measured: list[Cell] = []

    def play(call: Callable[[Cell], Found], cells: Sequence[Cell], *_: Any, **__: Any) -> Iterator[Found]:
        for cell in cells:
            measured.append(cell)
            yield Found(*cell, "NotFoundError", "no route", 2, 1, 0.5, None, 1.25, Applied(1, 0, 0))

    monkeypatch.setattr(by_guest, "spread", play)
    found = []
    for hold_s in (4.5, 4.5, 9.0):
        with Store(tmp_path, "conformance", {}) as store:
            found.append(list(by_guests(CELLS, Workers(), hold_s=hold_s, store=store)))
    assert found[0] == found[1] == found[2]
    assert measured == CELLS * 2
