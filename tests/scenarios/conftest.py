"""What the tests of worlds share in one process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scenarios.sim.moto import MOTO


@pytest.fixture(scope="module", autouse=True)
def moto_in_place() -> Iterator[None]:
    """Hold moto over all worlds of a file, as a sweep does: to put it in place costs a fifth of a race."""
    with MOTO.held():
        yield
