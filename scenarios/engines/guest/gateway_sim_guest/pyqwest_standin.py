"""A stand-in for pyqwest, whose connections are native code that no Python clock reaches: httpx's own transport.

Idle connections are kept as pyqwest keeps them, longer than any race lasts, and not for httpx's five seconds. A request
may take as long as the timeouts of reading and writing together (docs/reference/protocol.md §2).
"""

import sys
import types

KEPT_IDLE_S = 90.0
"""As reqwest, the library below pyqwest, does by default."""


class HTTPTransport:
    """Takes pyqwest's settings; those for TLS mean nothing here."""

    def __init__(self, **settings):
        self.settings = settings


def _limits():
    import httpx

    return httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEPT_IDLE_S)


def _add_timeouts(request):
    """Give a request of httpx one timeout for reading and writing, as pyqwest does; None is no limit."""
    timeouts = request.extensions.get("timeout", {})
    parts = [timeouts.get("read"), timeouts.get("write")]
    both = None if None in parts else sum(parts)
    request.extensions = {**request.extensions, "timeout": {**timeouts, "read": both, "write": both}}


def _async_transport(transport=None):
    import httpx

    class AsyncPyqwestTransport(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            _add_timeouts(request)
            return await super().handle_async_request(request)

    return AsyncPyqwestTransport(limits=_limits())


def _transport(transport=None):
    import httpx

    class PyqwestTransport(httpx.HTTPTransport):
        def handle_request(self, request):
            _add_timeouts(request)
            return super().handle_request(request)

    return PyqwestTransport(limits=_limits())


def install():
    """Put the stand-in where pyqwest would be imported from."""
    top, below = types.ModuleType("pyqwest"), types.ModuleType("pyqwest.httpx")
    top.HTTPTransport = top.SyncHTTPTransport = HTTPTransport
    top.httpx = below
    below.AsyncPyqwestTransport, below.PyqwestTransport = _async_transport, _transport
    sys.modules["pyqwest"], sys.modules["pyqwest.httpx"] = top, below
