"""The states of a duel or of a table as server-sent events, each a JSON document: `so-far` until the last, `over`."""

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

State = dict[str, Any]


def so_far(state: State) -> str:
    """Return the event of a state that another one follows."""
    return _event("so-far", state)


def over(state: State) -> str:
    """Return the event of the last state; the page closes the stream when it has read it."""
    return _event("over", state)


def stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Return the response that sends the events as they come."""
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-cache"})


def _event(name: str, state: State) -> str:
    # JSON writes a line break as \n, so the document is one line
    return f"event: {name}\ndata: {json.dumps(state)}\n\n"
