"""What waits for several sockets of the guest: `select`, `poll`, `epoll` and `selectors`."""

import select
import selectors

from .kernel import kernel
from .sockets import arrivals, by_number

real_poll = select.poll


class Poll:
    """`select.poll` and `select.epoll` over the guest's sockets; other files are ready if they are so at once."""

    def __init__(self, *args, **words):
        self._wanted = {}

    def register(self, file, events=select.POLLIN | select.POLLPRI | select.POLLOUT):
        """Watch a file."""
        self._wanted[file if isinstance(file, int) else file.fileno()] = events

    modify = register

    def unregister(self, file):
        """Watch it no more."""
        del self._wanted[file if isinstance(file, int) else file.fileno()]

    def close(self):
        """Watch nothing more."""
        self._wanted.clear()

    def poll(self, timeout=None):
        """Return the files that are ready, within `timeout` milliseconds (None or negative: for ever)."""
        deadline_s = None if timeout is None or timeout < 0 else kernel.now_s + timeout / 1000
        while not (found := self._ready()):
            if timeout == 0:
                return []
            if not arrivals.wait(deadline_s):
                return self._ready()
        return found

    def _ready(self):
        found = []
        for number, events in self._wanted.items():
            sock = by_number.get(number)
            if sock is None:
                other = real_poll()
                other.register(number, events)
                found += other.poll(0)
                continue
            state = (select.POLLIN if sock.readable else 0) | (select.POLLOUT if sock.writable else 0)
            if state & events:
                found.append((number, state & events))
        return found


def _select(readers, writers, others, timeout=None):
    """Do what `select.select` does."""
    poll = Poll()
    wanted = {}
    for files, event in ((readers, select.POLLIN), (writers, select.POLLOUT)):
        for file in files:
            number = file if isinstance(file, int) else file.fileno()
            wanted[number] = wanted.get(number, 0) | event
    for number, events in wanted.items():
        poll.register(number, events)
    ready = dict(poll.poll(None if timeout is None else timeout * 1000))

    def chosen(files, event):
        return [file for file in files if ready.get(file if isinstance(file, int) else file.fileno(), 0) & event]

    return chosen(readers, select.POLLIN | select.POLLHUP), chosen(writers, select.POLLOUT), []


def install():
    """Replace everything that waits for sockets."""
    select.poll = Poll
    if hasattr(select, "epoll"):
        select.epoll = Poll
    select.select = _select
    selectors.DefaultSelector = selectors.PollSelector
    selectors.PollSelector._selector_cls = Poll
    selectors.SelectSelector._select = staticmethod(_select)
