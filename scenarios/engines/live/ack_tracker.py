"""Which optimizer steps an external client has the results of, from the reports of wire and pod."""

import asyncio

from client.events import CallAnswered
from trainer_pod.events import OperationAccepted, ResultDelivered


class AckTracker:
    """Counts acknowledged steps in `heard`. A request is forgotten once wire and pod have both reported its result.

    The pod's report comes from another process, before or after the answer itself.
    """

    def __init__(self) -> None:
        self.heard = 0
        self._steps: set[str] = set()
        self._delivered: set[str] = set()
        self._answered: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def told(self, event: object) -> bool:
        """Read an event; say whether it completes the acknowledgement of a step."""
        match event:
            case OperationAccepted(kind="optim_step", request_id=request_id):
                self._steps.add(request_id)
                return False
            case ResultDelivered(request_id=request_id):
                self._delivered.add(request_id)
            case CallAnswered(leg="poll", status=200, request_id=str(request_id)):
                self._answered.add(request_id)
                self._quiet.clear()
            case _:
                return False
        if request_id not in self._answered or request_id not in self._delivered:
            return False
        self._answered.remove(request_id)
        self._delivered.remove(request_id)
        if not self._answered:
            self._quiet.set()
        if request_id not in self._steps:
            return False
        self._steps.remove(request_id)
        self.heard += 1
        return True

    async def settled(self, within_s: float) -> None:
        """Wait until the pod has reported every answer, for `within_s` seconds at most."""
        try:
            await asyncio.wait_for(self._quiet.wait(), within_s)
        except TimeoutError:
            # a pod that died reports no more
            return
