"""Blocking sockets of the guest."""

import os
import socket

from .connections import Signal, network
from .kernel import kernel
from .outside import refuse

_real_socket = socket.socket
by_number = {}
"""The open sockets by their file numbers."""
arrivals = Signal()
"""Fires when anything arrives on any socket."""


def address_of(host):
    """Return a host's name as text."""
    return host.decode("ascii") if isinstance(host, bytes | bytearray) else host


class GuestSocket:
    """A TCP socket to a host of the world, with the interface of `socket.socket`.

    Its file number is a real one, of the null device, so that no other file has it.
    """

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is not None:
            refuse("a socket that was opened elsewhere (a file number)")
        if family not in (-1, socket.AF_INET, socket.AF_INET6, socket.AF_UNSPEC):
            refuse(f"a file socket ({getattr(family, 'name', family)})")
        if type not in (-1, socket.SOCK_STREAM) and not int(type) & socket.SOCK_STREAM:
            refuse(f"a socket other than TCP ({getattr(type, 'name', type)})")
        self.family, self.type, self.proto = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        self.connection = None
        self._timeout = socket.getdefaulttimeout()
        self._arrival = Signal()
        self._number = os.open(os.devnull, os.O_RDONLY)
        self._options = {}
        self._io_refs = 0
        self._closed = False
        by_number[self._number] = self

    # the interface of socket.socket

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if not self._closed:
            self.close()

    def settimeout(self, seconds):
        """Set the longest wait; 0 for none."""
        self._timeout = seconds

    def gettimeout(self):
        """Return the longest wait."""
        return self._timeout

    timeout = property(gettimeout)

    def setblocking(self, flag):
        """Wait for ever, or not at all."""
        self._timeout = None if flag else 0.0

    def getblocking(self):
        """Return whether calls wait."""
        return self._timeout != 0.0

    def setsockopt(self, level, name, *value):
        """Remember an option; none has an effect here."""
        self._options[level, name] = value

    def getsockopt(self, level, name, size=0):
        """Return the state of a connection for SO_ERROR, else what was set."""
        if (level, name) == (socket.SOL_SOCKET, socket.SO_ERROR):
            failed = self.connection is not None and self.connection.state in ("refused", "reset")
            return {"refused": 111, "reset": 104}[self.connection.state] if failed else 0
        value = self._options.get((level, name), (0,))[0]
        return value if isinstance(value, int) else 0

    def fileno(self):
        """Return the file number; -1 once it is closed."""
        return self._number

    def getpeername(self):
        """Return the other side's host and port."""
        if self.connection is None:
            raise OSError(107, "Transport endpoint is not connected")
        return self.connection.peer

    def getsockname(self):
        """Return this side's host and port."""
        return ("0.0.0.0", 0) if self.connection is None else self.connection.local

    def bind(self, address):
        """Take any own address that is no server's."""

    def listen(self, backlog=0):
        """Refuse to be a server."""
        refuse("a server of its own")

    def connect(self, address):
        """Connect. Raises `ConnectionRefusedError`, `TimeoutError`, or `BlockingIOError` if it may not wait."""
        connection = self.begin(address)
        if self._timeout == 0.0:
            raise BlockingIOError(115, "Operation now in progress")
        self._wait(lambda: connection.state != "connecting")
        self.check_open()

    def connect_ex(self, address):
        """Connect, and return the number of the error instead of raising it."""
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or 110
        return 0

    def send(self, data, flags=0):
        """Send all of the data; there is no send buffer that could be full."""
        self._connected().send(data)
        return len(data)

    def sendall(self, data, flags=0):
        """Send all of the data."""
        self._connected().send(data)

    def sendmsg(self, buffers, *more):
        """Send all buffers."""
        return self.send(b"".join(bytes(one) for one in buffers))

    def recv(self, size, flags=0):
        """Receive; b"" at the other side's end. Raises `ConnectionResetError`, `TimeoutError`, `BlockingIOError`."""
        connection = self._connected()
        self._wait(lambda: connection.inbox or connection.ended)
        if flags & socket.MSG_PEEK:
            return bytes(connection.inbox[:size])
        return self.take(size)

    def recv_into(self, buffer, size=0, flags=0):
        """Receive into a buffer, and return how much."""
        view = memoryview(buffer).cast("B")
        data = self.recv(size or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def shutdown(self, how):
        """Send no more, unless only reading ends."""
        if self.connection is None:
            raise OSError(107, "Transport endpoint is not connected")
        if how != socket.SHUT_RD:
            self.connection.finish()

    def close(self):
        """Close it, once every file made of it is closed."""
        self._closed = True
        if self._io_refs <= 0:
            self._real_close()

    def detach(self):
        """Refuse: the number alone is no socket."""
        refuse("a socket's file number without the socket")

    makefile = _real_socket.makefile

    def _decref_socketios(self):
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed:
            self.close()

    def _real_close(self):
        if self._number >= 0:
            del by_number[self._number]
            os.close(self._number)
            self._number = -1
        if self.connection is not None:
            self.connection.close()

    # what asyncio's loop and `poll` need

    def begin(self, address):
        """Begin to connect, and return the connection."""
        host, port = address[:2]
        self.connection = network.connect(address_of(host), port)
        self.connection.notify = self.arrived
        return self.connection

    def arrived(self):
        """Wake the strands that wait for this socket."""
        self._arrival.fire()
        arrivals.fire()

    def check_open(self):
        """Raise `ConnectionRefusedError` or `ConnectionResetError` if the connection failed."""
        if self.connection.state == "refused":
            host, port = self.connection.peer
            raise ConnectionRefusedError(111, f"Connection refused ({host}:{port})")
        if self.connection.state == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")

    def take(self, size):
        """Return up to `size` bytes that have arrived. Raises `ConnectionResetError`."""
        inbox = self.connection.inbox
        if not inbox and self.connection.state == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        data = bytes(inbox[:size])
        del inbox[:size]
        return data

    @property
    def readable(self):
        """Whether `recv` would not wait."""
        return self.connection is not None and bool(self.connection.inbox or self.connection.ended)

    @property
    def writable(self):
        """Whether `send` would not wait."""
        return self.connection is not None and self.connection.state != "connecting"

    def _connected(self):
        if self._number < 0 or self.connection is None:
            raise OSError(9 if self._number < 0 else 107, "the socket is closed or was never connected")
        return self.connection

    def _wait(self, over):
        deadline_s = None if self._timeout is None else kernel.now_s + self._timeout
        while not over():
            if self._timeout == 0.0:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            if not self._arrival.wait(deadline_s) and not over():
                raise TimeoutError("timed out")


def _getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Resolve a host of the world to itself."""
    host = address_of(host)
    network.check(host)
    number = int(port) if port is not None else 0
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, number))]


def install():
    """Replace sockets, and the resolution of names."""
    socket.socket = socket.SocketType = GuestSocket
    socket.getaddrinfo = _getaddrinfo
    socket.gethostbyname = lambda host: _getaddrinfo(host, 0)[0][4][0]
    socket.socketpair = lambda *args: refuse("a pair of sockets")
    socket.create_server = lambda *args, **words: refuse("a server of its own")
