"""A stage in front of the platform: for some seconds, or forever, one kind of request gets one answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from gateway_sim.scenarios.compare.conformance.answers import Answer
from gateway_sim.scenarios.compare.conformance.places import Place


class Stage:
    """An ASGI application. The fault begins with the first request at `place` and lasts `hold_s`, or forever.

    `time_of_day_s` is the clock of dates. `refuse` closes the stage's port for `hold_s`; requests to a closed port
    cannot be counted. `asked_s` are the times of the requests at the place, from the first to the first that was passed
    on; `waited_s` is how long callers without an answer waited; `session_id` is the session that was opened through
    this stage.
    """

    def __init__(
        self, platform: Any, place: Place, answer: Answer, hold_s: float, time_of_day_s: Callable[[], float]
    ) -> None:
        self._platform = platform
        self._place = place
        self._answer = answer
        self._hold_s = hold_s
        self._time_of_day_s = time_of_day_s
        self._seen: set[str] = set()
        self.asked_s: list[float] = []
        self.waited_s: list[float] = []
        self.recovered_s: float | None = None
        self.session_id: str | None = None
        self.refuse: Callable[[], None] = lambda: None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request at the place while the fault lasts; pass any other to the platform."""
        route = scope["path"].partition("/api/v1/")[2]
        now_s = asyncio.get_running_loop().time()
        here = route == self._place.route and (self._place.after is None or self._place.after in self._seen)
        if here and self.recovered_s is None:
            self.asked_s.append(now_s)
            if self._answer.endless or now_s < self.asked_s[0] + self._hold_s:
                await self._fail(scope, receive, send)
                return
            self.recovered_s = now_s
        self._seen.add(route)
        await self._platform(scope, receive, self._noting(send) if route == "create_session" else send)

    async def _fail(self, scope: Any, receive: Any, send: Any) -> None:
        answer = self._answer
        if answer.done:
            await self._platform(scope, receive, _discard)
        else:
            while (await receive()).get("more_body", False):
                pass
        if answer.refused:
            self.refuse()
            await asyncio.sleep(0.01)  # until the server has noticed that the connection is gone
            return
        if answer.silent:
            began_s = asyncio.get_running_loop().time()
            while (await receive())["type"] != "http.disconnect":
                pass
            self.waited_s.append(asyncio.get_running_loop().time() - began_s)
            return
        if answer.cut:
            # ASGI cannot express a reset; uvicorn's send belongs to the object that holds the connection, and on the
            # virtual wire a missing answer is a reset
            connection = getattr(getattr(send, "__self__", None), "transport", None)
            if connection is not None:
                connection.abort()
                await asyncio.sleep(0.01)  # until uvicorn has noticed
            return
        await asyncio.sleep(answer.after_s)
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        told = answer.headers_at(self._time_of_day_s())
        headers += [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _noting(self, send: Any) -> Any:
        async def note(message: Any) -> None:
            if message["type"] == "http.response.body" and self.session_id is None:
                try:
                    self.session_id = json.loads(message.get("body", b""))["session_id"]
                except (ValueError, KeyError, TypeError):
                    self.session_id = None
            await send(message)

        return note


async def _discard(message: Any) -> None:
    """Discard the platform's answer."""
