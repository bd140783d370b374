"""A reconciler deploys what the tag names, in its own time, and leaves a promoter's own deploy alone."""

import asyncio

import pytest

from gateway_sim.control_plane.models.promotion import Deployment, Tag
from gateway_sim.control_plane.models.rollouts import reconcile
from tests import clock


class Rows:
    """A registry of one model whose rows a test writes; `reads` counts how often the tag was read."""

    def __init__(self) -> None:
        self.reads = 0
        self.moved: Tag | None = None
        self.serves: Deployment | None = None

    def tag(self) -> Tag | None:
        """Return the tag."""
        self.reads += 1
        return self.moved

    def deployed(self) -> Deployment | None:
        """Return what serves."""
        return self.serves


def reconciled(rows: Rows, until_s: float, *, promoter_s: float | None = None) -> list[tuple[float, int]]:
    """Run a reconciler every 30 s with 60 s of patience, and return its deploys as (second, token).

    Each takes 5 s. A promoter deploys the tag at `promoter_s`, if that is given.
    """
    told: list[tuple[float, int]] = []

    async def deploy(tag: Tag) -> None:
        await asyncio.sleep(5.0)
        rows.serves = Deployment(tag.version, tag.token)
        told.append((asyncio.get_running_loop().time() - began_s, tag.token))

    async def promoter(at_s: float) -> None:
        await asyncio.sleep(at_s)
        assert rows.moved is not None
        rows.serves = Deployment(rows.moved.version, rows.moved.token)

    async def world() -> None:
        nonlocal began_s
        began_s = asyncio.get_running_loop().time()
        loop = asyncio.ensure_future(reconcile(rows, deploy, every_s=30.0, patience_s=60.0))  # type: ignore[arg-type]
        if promoter_s is not None:
            await promoter(promoter_s)
        await asyncio.sleep(until_s - (promoter_s or 0.0))
        loop.cancel()

    began_s = 0.0
    clock.run(world())
    return told


def test_what_a_dead_promoter_left_is_deployed_once() -> None:
    """Seen at once, due after its patience, and then in order."""
    rows = Rows()
    rows.moved, rows.serves = Tag(2, 0.9, 2), Deployment(1, 1)
    assert reconciled(rows, 600.0) == [(65.0, 2)]


@pytest.mark.parametrize(("promoter_s", "deploys"), [(59.0, []), (100.0, [(65.0, 2)])])
def test_a_promoter_has_its_time(promoter_s: float, deploys: list[tuple[float, int]]) -> None:
    """A deploy that ends within the patience is left alone; a slower one is not waited for."""
    rows = Rows()
    rows.moved, rows.serves = Tag(2, 0.9, 2), Deployment(1, 1)
    assert reconciled(rows, 600.0, promoter_s=promoter_s) == deploys


def test_where_all_agrees_nothing_is_deployed() -> None:
    """Nor where there is no tag; the rows are read on."""
    rows = Rows()
    assert reconciled(rows, 100.0) == []
    assert rows.reads == 4
    rows.moved, rows.serves = Tag(2, 0.9, 2), Deployment(2, 2)
    assert reconciled(rows, 100.0) == []
