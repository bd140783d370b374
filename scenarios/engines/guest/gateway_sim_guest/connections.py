"""The guest's connections to the hosts of its world, below sockets and asyncio's transports."""

from .kernel import kernel
from .outside import refuse


class Connection:
    """One connection. `notify()` is called when something arrives: data in `inbox`, an end, or an error.

    `state` is "connecting", "open", "refused", "reset" or "closed"; `ended` says that the other side sends no more.
    """

    def __init__(self, network, number, host, port):
        self.number = number
        self.peer = (host, port)
        self.state = "connecting"
        self.inbox = bytearray()
        self.ended = False
        self.notify = lambda: None
        self._network = network

    @property
    def local(self):
        """The guest's own end, as (host, port)."""
        return "guest", 30_000 + self.number

    def send(self, data):
        """Send bytes. Raises `ConnectionResetError` or `BrokenPipeError` if the connection is gone."""
        if self.state == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        if self.state != "open":
            raise BrokenPipeError(32, "Broken pipe")
        self._network.out.append([self.number, "data", bytes(data).decode("latin-1")])

    def finish(self):
        """Send no more, and keep receiving."""
        if self.state == "open":
            self._network.out.append([self.number, "eof", ""])

    def close(self):
        """Close the connection."""
        if self.state in ("open", "connecting"):
            self._network.out.append([self.number, "close", ""])
        if self.state != "closed":
            self.state = "closed"
            self._network.live.pop(self.number, None)

    def arrived(self, kind, data):
        """Take what the world delivered."""
        if kind == "open":
            self.state = "open"
        elif kind == "data":
            self.inbox += data.encode("latin-1")
        elif kind == "eof":
            self.ended = True
        else:
            self.state, self.ended = kind, True
            self._network.live.pop(self.number, None)
        self.notify()


class Network:
    """The hosts that the guest can reach ("*": all of its world), its connections, and what it sent in this turn.

    `incoming(number, kind, data)` takes requests to the guest's own server, whose numbers are below 0.
    """

    def __init__(self):
        self.hosts = ()
        self.out = []
        self.live = {}
        self.incoming = None
        self._count = 0

    def check(self, host):
        """Raise `OutsideRefused` for a host that is not of this world."""
        if host not in self.hosts and self.hosts != ("*",):
            refuse(f"a connection to {host!r}; this world has {', '.join(map(repr, self.hosts)) or 'no host'}")

    def connect(self, host, port):
        """Begin to connect."""
        self.check(host)
        self._count += 1
        connection = Connection(self, self._count, host, int(port))
        self.live[connection.number] = connection
        self.out.append([connection.number, "connect", f"{host}:{port}"])
        return connection

    def deliver(self, arrived):
        """Hand what arrived to its connections; those that are closed take nothing."""
        for number, kind, data in arrived:
            if number < 0:
                self.incoming(number, kind, data)
                continue
            connection = self.live.get(number)
            if connection is not None:
                connection.arrived(kind, data)


class Signal:
    """Strands that wait for something to happen to a connection."""

    def __init__(self):
        self._waiters = []

    def wait(self, deadline_s=None):
        """Park the running strand until `fire` (True), or the deadline (False)."""
        me = kernel.current
        self._waiters.append(me)
        woken = kernel.block(deadline_s)
        if me in self._waiters:
            self._waiters.remove(me)
        return woken

    def fire(self):
        """Wake every strand that waits here."""
        waiters, self._waiters = self._waiters, []
        for strand in waiters:
            kernel.wake(strand)


network = Network()
"""The network of this process."""
