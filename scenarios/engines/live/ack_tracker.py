"""The acknowledged optimizer steps of an external client, from the reports of wire and pod."""

import asyncio
import contextlib

from gateway_sim.client.events import CallAnswered
from gateway_sim.trainer_pod.events import OperationAccepted, ResultDelivered, StateLoaded


class AckTracker:
    """Counts steps in `acknowledged`: a step is acknowledged once wire and pod have both reported its result.

    The pod's report comes from another process, before or after the answer itself. A client that loads a checkpoint of
    n steps has n steps again; one that makes a new model and loads nothing has lost those that it had.
    """

    def __init__(self) -> None:
        self.acknowledged = 0
        self._steps: set[str] = set()
        self._delivered: set[str] = set()
        self._answered: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def completes_step(self, event: object) -> bool:
        """Read an event; return whether it completes the acknowledgement of a step."""
        match event:
            case OperationAccepted(kind="optim_step", request_id=request_id):
                self._steps.add(request_id)
                return False
            case StateLoaded(step=step):
                self.acknowledged = step
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
        self.acknowledged += 1
        return True

    async def settled(self, within_s: float) -> None:
        """Wait until the pod has reported every answer, for `within_s` seconds at most."""
        # a pod that died reports nothing more
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), within_s)
