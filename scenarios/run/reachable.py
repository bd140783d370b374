"""Whether a scheduler's address accepts connections, checked before anything heavy is imported.

The imports take seconds, and dask retries for longer: a wrong address should be refused before both.
"""

import socket
from typing import Final
from urllib.parse import urlsplit

from gateway_sim.scenarios.sim.errors import GatewaySimError

PATIENCE_S: Final = 4.0
"""How long a host may take to accept a connection."""
BY_TCP: Final = ("tcp", "tls")


class NoCluster(GatewaySimError):
    """The scheduler does not answer, or has no workers; the message names its address."""


def check_reachable(address: str) -> None:
    """Raise `NoCluster` if `address` ("tcp://host:port") accepts no connection.

    Addresses of other kinds, and malformed ones, are left to dask.
    """
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        place = (parts.hostname, parts.port)
    except ValueError:
        return
    if parts.scheme not in BY_TCP or not place[0] or not place[1]:
        return
    try:
        socket.create_connection((place[0], place[1]), timeout=PATIENCE_S).close()
    except TimeoutError:
        raise NoCluster(f"no dask scheduler answers at {address}: nothing accepted within {PATIENCE_S:g} s") from None
    except OSError as error:
        raise NoCluster(f"no dask scheduler answers at {address}: {error.strerror or error}") from None
