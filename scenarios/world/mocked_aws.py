"""moto in place of AWS, in this process; it is imported with the first world that needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from gateway_sim.route_table import REGION


class Moto:
    """moto in place of AWS, for as long as somebody holds it.

    Putting it in place costs a fifth of a race, so whoever plays many holds it across them; each world empties the
    table that it wrote to.
    """

    def __init__(self) -> None:
        self._mock: Any = None
        self._holders = 0

    def hold(self) -> None:
        """Put moto in place, unless it is."""
        from moto import mock_aws

        if self._holders == 0:
            self._mock = self._mock or mock_aws()
            self._mock.start()
        self._holders += 1

    def release(self) -> None:
        """Take moto away, with all it stored, when nobody else holds it.

        What it lists for its dashboard is let go of each time: it would keep the table of every world that was.
        """
        from moto.core.model_instances import reset_model_data

        reset_model_data()
        self._holders -= 1
        if self._holders == 0:
            self._mock.stop()

    def drop_buckets(self) -> None:
        """Remove every bucket. moto keeps an object in a file, and leaves open what another took the place of."""
        from moto.s3.models import s3_backends

        for regions in s3_backends.values():
            regions.reset()

    def empty_table(self, name: str) -> bool:
        """Empty a table, and say whether there is one: to make it anew takes as long as all that a race does to it."""
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.dynamodb.models import dynamodb_backends

        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.get(name)
        if table is None:
            return False
        table.items.clear()
        return True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold moto for a `with` block."""
        self.hold()
        try:
            yield
        finally:
            self.release()


MOTO = Moto()
"""The one of this process."""
