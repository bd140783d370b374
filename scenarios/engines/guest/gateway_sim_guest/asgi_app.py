"""A user's ASGI application in the guest: the world's requests, one task each, on one event loop."""

import asyncio
import contextlib
import importlib
import importlib.util
import json
import sys
import traceback

from .connections import network

READY = "ready"
wanted = ""
"""The application, as "module:name"."""


def load(app, folder, imported):
    """Import what the application's module imports: the module itself reads the variables of its instance.

    `imported(path)` returns the modules that a file imports at its top.
    """
    global wanted
    wanted = app
    sys.path.insert(0, folder)
    name = app.partition(":")[0]
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"there is no module {name} in {folder}")
    for other in imported(found.origin):
        with contextlib.suppress(Exception):
            importlib.import_module(other)
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        # it reads the descriptions of the service, which every instance would read again
        named = {"region_name": "us-east-1", "aws_access_key_id": "LAB", "aws_secret_access_key": "LAB"}
        boto3.client("dynamodb", **named)


def play():
    """Import the application, and serve until the world ends."""
    module, _, name = wanted.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{wanted} is no ASGI application: it is a {type(found).__name__}")
    asyncio.run(_Server(found).serve())


class _Server:
    def __init__(self, app):
        self._app = app
        self._loop = None
        self._calls = {}
        self._state = {}
        self._stopped = None
        self._lifespan = asyncio.Queue()

    async def serve(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await self._start()
        network.incoming = lambda *what: self._loop.call_soon_threadsafe(self._take, *what)
        network.out.append([0, READY, ""])
        await self._stopped.wait()

    async def _start(self):
        """Run the application's startup; one that knows none has none."""
        started = self._loop.create_future()

        async def send(message):
            if not started.done():
                failed = message["type"] == "lifespan.startup.failed"
                started.set_result(message.get("message", "no reason") if failed else None)

        async def run():
            scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
            # one that knows no lifespan raises
            with contextlib.suppress(Exception):
                await self._app(scope, self._lifespan.get, send)
            if not started.done():
                started.set_result(None)

        self._lifespan.put_nowait({"type": "lifespan.startup"})
        self._running = self._loop.create_task(run())
        failed = await started
        if failed is not None:
            raise RuntimeError(f"the application's startup failed: {failed}")

    def _take(self, number, kind, data):
        if kind == "request":
            call = self._calls[number] = _Call(number, json.loads(data), self._state)
            task = self._loop.create_task(call.run(self._app))
            task.add_done_callback(lambda done: self._calls.pop(number, None))
        elif number in self._calls:
            self._calls[number].left.set()


class _Call:
    """One request, and its answer."""

    def __init__(self, number, asked, state):
        self.left = asyncio.Event()
        self._number = number
        self._body = asked.pop("body").encode("latin-1")
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in asked.pop("headers")]
        self._scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
            "scheme": "http", "root_path": "", "state": dict(state), **asked, "headers": pairs,
            "raw_path": asked["raw_path"].encode("latin-1"), "query_string": asked["query_string"].encode("latin-1"),
            "client": tuple(asked["client"]), "server": tuple(asked["server"]),
        }  # fmt: skip
        self._sent_body = self._began = self._done = False

    async def run(self, app):
        try:
            await app(self._scope, self._receive, self._send)
        except Exception:
            # as servers do: the caller gets a 500, or its connection ends within the answer
            traceback.print_exc()
            if not self._began:
                text = b"Internal Server Error"
                headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
                await self._send({"type": "http.response.start", "status": 500, "headers": headers})
                await self._send({"type": "http.response.body", "body": text})
        if not self._done:
            self._out("broken", "")

    async def _receive(self):
        if not self._sent_body:
            self._sent_body = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if self._done:
            return
        if message["type"] == "http.response.start":
            self._began = True
            pairs = [(bytes(k).decode("latin-1"), bytes(v).decode("latin-1")) for k, v in message.get("headers", ())]
            self._out("start", json.dumps({"status": message["status"], "headers": pairs}))
        elif message["type"] == "http.response.body":
            self._done = not message.get("more_body", False)
            self._out("end" if self._done else "body", bytes(message.get("body", b"")).decode("latin-1"))

    def _out(self, kind, data):
        network.out.append([self._number, kind, data])
