"""moto in place of AWS, in this process; the first world that needs it imports it."""

from typing import Any

from gateway_sim.route_table import REGION
from gateway_sim.scenarios.sim.ref_counted import RefCounted


class Moto(RefCounted):
    """moto in place of AWS, while held.

    Its start costs a fifth of a race, so a runner of many races holds it across them; each world empties its own table.
    """

    def __init__(self) -> None:
        self._mock: Any = None

    def begin(self) -> None:
        """Start moto."""
        from moto import mock_aws

        self._mock = self._mock or mock_aws()
        self._mock.start()

    def end(self) -> None:
        """Stop moto, and drop its tables and buckets."""
        self._mock.stop()

    def release(self) -> None:
        """Release it, and clear moto's dashboard, which would keep every world's table."""
        self.clear_dashboard()
        super().release()

    def clear_dashboard(self) -> None:
        """Clear the list of moto's dashboard, which keeps every item that was written or read; tables do not change."""
        from moto.core.model_instances import reset_model_data

        reset_model_data()

    def drop_buckets(self) -> None:
        """Remove every bucket: moto keeps an open file for each object, also for an overwritten one."""
        from moto.s3.models import s3_backends

        for regions in s3_backends.values():
            regions.reset()

    def empty_table(self, name: str) -> bool:
        """Empty a table, and return whether it exists; its creation costs as much as all reads and writes of a race."""
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.dynamodb.models import dynamodb_backends

        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.get(name)
        if table is None:
            return False
        table.items.clear()
        return True


MOTO = Moto()
"""The instance of this process."""
