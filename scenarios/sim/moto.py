"""moto in place of AWS, in this process; it is imported with the first world that needs it."""

from typing import Any

from gateway_sim.route_table import REGION
from scenarios.sim.ref_counted import RefCounted


class Moto(RefCounted):
    """moto in place of AWS, while held.

    To start it costs a fifth of a race, so a runner of many races holds it across them; each world empties the table
    that it wrote to.
    """

    def __init__(self) -> None:
        self._mock: Any = None

    def begin(self) -> None:
        """Put moto in place."""
        from moto import mock_aws

        self._mock = self._mock or mock_aws()
        self._mock.start()

    def end(self) -> None:
        """Take moto away, with all it stored."""
        self._mock.stop()

    def release(self) -> None:
        """Release it, and drop what moto lists for its dashboard, which would keep every world's table."""
        from moto.core.model_instances import reset_model_data

        reset_model_data()
        super().release()

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


MOTO = Moto()
"""The one of this process."""
