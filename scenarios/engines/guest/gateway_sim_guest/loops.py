"""asyncio in the guest: a loop whose waiting is a strand's, and whose connections are those of the world."""

import asyncio
import itertools
import selectors
import socket

from .kernel import kernel
from .outside import refuse
from .sockets import GuestSocket, address_of

_numbers = itertools.count(1)


class _Selector(selectors._BaseSelectorImpl):
    """Parks the strand of the loop until its next timer or until another strand calls the loop."""

    def __init__(self):
        super().__init__()
        self._parked = None
        self._called = False

    def select(self, timeout=None):
        if self._called or (timeout is not None and timeout <= 0):
            self._called = False
            kernel.give_way()
            return []
        self._parked = kernel.current
        kernel.block(None if timeout is None else kernel.now_s + timeout)
        self._parked, self._called = None, False
        return []

    def call(self):
        """End the present wait, or the next one."""
        if self._parked is not None:
            kernel.wake(self._parked)
            self._parked = None
        else:
            self._called = True


class _Numbered:
    """A task or future that hashes by its number, so that sets of them are walked in one order in every process."""

    def __hash__(self):
        number = getattr(self, "_number", None)
        if number is None:
            number = self._number = next(_numbers)
        return number

    __eq__ = object.__eq__


class _Task(_Numbered, asyncio.Task):
    pass


class _Future(_Numbered, asyncio.Future):
    pass


class Loop(asyncio.SelectorEventLoop):
    """The event loop of every thread of the guest."""

    def __init__(self, selector=None):
        self._guest = _Selector()
        super().__init__(self._guest)
        self.set_task_factory(lambda loop, coro, **named: _Task(coro, loop=loop, **named))

    def time(self):
        """Return the seconds since the world began."""
        return kernel.now_s

    def create_future(self):
        """Return a future that hashes by its number."""
        return _Future(loop=self)

    def _make_self_pipe(self):
        self._ssock = self._csock = None
        self._internal_fds += 1

    def _close_self_pipe(self):
        self._internal_fds -= 1

    def _write_to_self(self):
        self._guest.call()

    def add_signal_handler(self, sig, callback, *args):
        """Ignore it: a world sends no signals."""

    async def getaddrinfo(self, host, port, **words):
        """Resolve a host of the world. Raises `OutsideRefused` for any other."""
        return socket.getaddrinfo(host, port)

    async def create_connection(self, protocol_factory, host=None, port=None, *, ssl=None, sock=None, **words):
        """Connect to a host of the world."""
        if ssl:
            refuse(f"TLS to {host!r}; the hosts of a world speak plain HTTP")
        if sock is None:
            sock = GuestSocket()
            await self.sock_connect(sock, (address_of(host), port))
        protocol = protocol_factory()
        return _Transport(self, sock, protocol), protocol

    async def sock_connect(self, sock, address):
        """Connect a socket."""
        connection = sock.begin(address)
        opened = self.create_future()

        def notify():
            if connection.state != "connecting" and not opened.done():
                self.call_soon_threadsafe(lambda: opened.done() or opened.set_result(None))

        connection.notify = notify
        try:
            await opened
        except BaseException:
            connection.close()
            raise
        connection.notify = sock.arrived
        sock.check_open()

    async def sock_recv(self, sock, size):
        """Receive from a socket."""
        while not (sock.connection.inbox or sock.connection.ended):
            await self._arrival(sock)
        return sock.take(size)

    async def sock_recv_into(self, sock, buffer):
        """Receive from a socket into a buffer."""
        data = await self.sock_recv(sock, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    async def sock_sendall(self, sock, data):
        """Send to a socket."""
        sock.connection.send(data)

    async def _arrival(self, sock):
        arrived = self.create_future()
        sock.connection.notify = lambda: self.call_soon_threadsafe(lambda: arrived.done() or arrived.set_result(None))
        try:
            await arrived
        finally:
            sock.connection.notify = sock.arrived


def _refused(name, what):
    async def call(self, *args, **words):
        refuse(f"{what} (asyncio's {name})")

    return call


for _name, _what in {
    "create_server": "a server of its own",
    "create_unix_server": "a server of its own",
    "create_unix_connection": "a file socket",
    "create_datagram_endpoint": "UDP",
    "subprocess_exec": "a process of its own",
    "subprocess_shell": "a process of its own",
    "start_tls": "TLS",
}.items():
    setattr(Loop, _name, _refused(_name, _what))


class _Transport(asyncio.Transport):
    """asyncio's transport on a connection of the world."""

    def __init__(self, loop, sock, protocol):
        super().__init__()
        self._loop = loop
        self._sock = sock
        self._connection = sock.connection
        self._protocol = protocol
        self._paused = False
        self._closing = False
        self._eof_told = False
        self._lost = False
        self._connection.notify = lambda: loop.call_soon_threadsafe(self._pump)
        loop.call_soon(protocol.connection_made, self)
        loop.call_soon(self._pump)

    def get_extra_info(self, name, default=None):
        known = {"socket": self._sock, "peername": self._connection.peer, "sockname": self._connection.local}
        return known.get(name, default)

    def set_protocol(self, protocol):
        self._protocol = protocol

    def get_protocol(self):
        return self._protocol

    def write(self, data):
        if self._closing or not data:
            return
        try:
            self._connection.send(data)
        except OSError:
            # as a real transport does: the reader of the connection is told
            self._loop.call_soon(self._pump)

    def writelines(self, pieces):
        self.write(b"".join(pieces))

    def can_write_eof(self):
        return True

    def write_eof(self):
        self._connection.finish()

    def get_write_buffer_size(self):
        return 0

    def get_write_buffer_limits(self):
        return 0, 65536

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def pause_reading(self):
        self._paused = True

    def resume_reading(self):
        self._paused = False
        self._loop.call_soon(self._pump)

    def is_reading(self):
        return not (self._paused or self._closing)

    def is_closing(self):
        return self._closing

    def close(self):
        self._end(None)

    abort = close

    def _end(self, error):
        if not self._closing:
            self._closing = True
            self._connection.close()
        if not self._lost:
            self._lost = True
            self._loop.call_soon(self._protocol.connection_lost, error)

    def _pump(self):
        if self._closing or self._paused:
            return
        if self._connection.inbox:
            data = bytes(self._connection.inbox)
            self._connection.inbox.clear()
            self._feed(data)
        if self._closing or self._paused:
            return
        if self._connection.state == "reset":
            self._end(ConnectionResetError(104, "Connection reset by peer"))
        elif self._connection.ended and not self._eof_told:
            self._eof_told = True
            if not self._protocol.eof_received():
                self._end(None)

    def _feed(self, data):
        if not isinstance(self._protocol, asyncio.BufferedProtocol):
            self._protocol.data_received(data)
            return
        while data:
            buffer = self._protocol.get_buffer(len(data))
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            self._protocol.buffer_updated(size)
            data = data[size:]


def install():
    """Make it the loop of every policy and runner."""
    asyncio.SelectorEventLoop = Loop
    asyncio.unix_events._UnixDefaultEventLoopPolicy._loop_factory = Loop
    asyncio.unix_events.SelectorEventLoop = asyncio.unix_events.DefaultEventLoopPolicy._loop_factory = Loop


def order_scopes(anyio_asyncio):
    """Let anyio walk its sets of scopes in the order of their creation; they hash by address otherwise."""

    class Scope(anyio_asyncio.CancelScope):
        def __new__(cls, *args, **words):
            return object.__new__(cls)

        def __init__(self, *args, **words):
            self._number = next(_numbers)
            super().__init__(*args, **words)

        def __hash__(self):
            return self._number

    anyio_asyncio.CancelScope = Scope
