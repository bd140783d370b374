"""A stand-in for pyqwest, whose connections are native code that no Python clock reaches: httpx's own transport.

Idle connections are kept as pyqwest keeps them, longer than any race lasts, and not for httpx's five seconds
(docs/reference/protocol.md §2).
"""

import sys
import types

KEPT_IDLE_S = 90.0
"""As reqwest, the library below pyqwest, does by default."""


class HTTPTransport:
    """Takes pyqwest's settings; those for TLS mean nothing here."""

    def __init__(self, **settings):
        self.settings = settings


def _async_transport(transport=None):
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEPT_IDLE_S)
    return httpx.AsyncHTTPTransport(limits=limits)


def _transport(transport=None):
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEPT_IDLE_S)
    return httpx.HTTPTransport(limits=limits)


def install():
    """Put the stand-in where pyqwest would be imported from."""
    top, below = types.ModuleType("pyqwest"), types.ModuleType("pyqwest.httpx")
    top.HTTPTransport = top.SyncHTTPTransport = HTTPTransport
    top.httpx = below
    below.AsyncPyqwestTransport, below.PyqwestTransport = _async_transport, _transport
    sys.modules["pyqwest"], sys.modules["pyqwest.httpx"] = top, below
