"""The lines of a trace: the first names the schema, each other one is an event of the project."""

import dataclasses
from types import ModuleType
from typing import Annotated, Any, Literal, Union

from pydantic import Field
from typing_extensions import TypedDict

from gateway_sim import events as gateway
from gateway_sim.client import events as client
from gateway_sim.control_plane import events as control_plane
from gateway_sim.scenarios.apps.documents import schema_word
from gateway_sim.scenarios.apps.documents.records import fields_of
from gateway_sim.scenarios.orchestration.workloads import events as workloads
from gateway_sim.scenarios.orchestration.workloads import model_events as models
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as pipelines
from gateway_sim.scenarios.sim import events as laboratory
from gateway_sim.scenarios.sim import sampling_events as sampling
from gateway_sim.scenarios.sim import wire_events as wire
from gateway_sim.scenarios.sim.renamed import formerly
from gateway_sim.trainer_pod import events as pod


class TraceHeader(TypedDict):
    """The first line."""

    schema: Literal[schema_word("trace")]  # type: ignore[valid-type]


EVENTS = (gateway, control_plane, pod, client, laboratory, wire, sampling, workloads, models, pipelines)
"""The modules of the project's events."""


def events() -> list[type[Any]]:
    """Return the classes of the project's events."""
    return [kind for module in EVENTS for kind in vars(module).values() if _is_event(kind, module)]


def _is_event(kind: Any, module: ModuleType) -> bool:
    public = isinstance(kind, type) and not kind.__name__.startswith("_")
    return public and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind)


def _line(event: type[Any]) -> Any:
    """Return the type of an event's line: when, by which part, its name, and the event's own fields."""
    name = event.__name__
    former: dict[str, Any] = {key: Literal[old] for key, old in formerly("event", name).items()}
    head = {"at_s": float, "source": str, "event": Literal[name], **former}
    line = TypedDict(name, {**head, **fields_of(event)})  # type: ignore[misc]
    line.__doc__ = event.__doc__
    return line


EVENT: Any = Annotated[Union[tuple(map(_line, events()))], Field(discriminator="event")]  # noqa: UP007
LINE: Any = TraceHeader | EVENT
"""A line of a trace. A user's own race may have events of its own, which are not among these."""
