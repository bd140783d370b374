"""The calls of a run in order, with their results, and the pod's operations between them."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from gateway_sim.client.events import OperationAcknowledged
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationFailed, StateLoaded, StateSaved, StepApplied

TOLD = (events.CallReturned, events.CallRaised, OperationAcknowledged, events.RunFinished, events.RunFailed)
DONE = (GradientsAccumulated, StepApplied, StateSaved, StateLoaded, OperationFailed)
NOT_SHOWN = frozenset({"account", "job", "weights", "told"})


def call_lines(trace: Trace) -> Iterator[str]:
    """Yield a JSON object for each call of the user, for the end of the script, and for each operation of the pod.

    A call has `call`, and what it returned or raised; this project's own client reports only that a call was
    acknowledged. An operation of the pod has `pod`: it is the truth to compare the calls with.
    """
    for entry in trace.of(*TOLD, *DONE):
        facts: dict[str, Any] = {"at_s": round(entry.at_s, 3)}
        facts["pod" if isinstance(entry.event, DONE) else "user"] = entry.words
        fields = {f.name: getattr(entry.event, f.name) for f in dataclasses.fields(entry.event)}
        facts |= {name: value for name, value in fields.items() if name not in NOT_SHOWN and value is not None}
        yield json.dumps({**facts, **fields.get("told", {})})
