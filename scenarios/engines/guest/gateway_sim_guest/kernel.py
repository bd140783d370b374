"""The scheduler of the guest's threads: one runs at a time, and time moves only when all of them wait."""

import _thread
import collections
import heapq

real_lock = _thread.allocate_lock
real_start = _thread.start_new_thread

SLACK_S = 50e-6
"""The least time that a sleep takes, as on Linux; so a loop of empty sleeps cannot stop the clock."""
SPINS = 1000
SPUN_S = 0.001
"""A loop that gives way so often in a row, and never waits, has used up so many seconds: about a real one's price."""
_DUE_S = 1e-9
"""Two times that are closer than this are one."""


class Deadlock(RuntimeError):
    """All threads of the guest wait, for nothing that can come."""


class Strand:
    """One thread of the guest: the lock at which it waits for its turn, and the state of its present wait."""

    def __init__(self):
        self.gate = real_lock()
        self.gate.acquire()
        self.wait = 0
        self.timed_out = False
        self.error = None


class Kernel:
    """Runs one strand at a time. `now_s` is the virtual time in seconds since the world began.

    `turn(deadline_s)` lets the world run until the deadline (None: without one) or until something arrives for the
    guest; it sets `now_s` and wakes strands. Without a world, as while libraries are imported, time jumps.
    """

    def __init__(self):
        self.now_s = 0.0
        self.turn = self._jump
        self.current = Strand()
        self.spins = 0
        self._ready = collections.deque()
        self._timers = []
        self._serial = 0

    def block(self, deadline_s=None):
        """Park the running strand until it is woken (True) or the deadline has passed (False)."""
        me = self.current
        me.wait += 1
        me.timed_out = False
        self.spins = 0
        if deadline_s is not None:
            self._serial += 1
            heapq.heappush(self._timers, (deadline_s, self._serial, me, me.wait))
        self._hand_on(me)
        if me.error is not None:
            error, me.error = me.error, None
            raise error
        return not me.timed_out

    def sleep(self, for_s):
        """Park the running strand for so many seconds."""
        self.block(self.now_s + max(for_s, SLACK_S))

    def give_way(self):
        """Let the other strands that are ready run first; a loop that only does this uses up time."""
        self.spins += 1
        if self.spins > SPINS:
            self.sleep(SPUN_S)
        elif self._ready:
            me = self.current
            self._ready.append(me)
            self._hand_on(me)

    def wake(self, strand):
        """Make a parked strand ready; its present wait is over."""
        strand.wait += 1
        self._ready.append(strand)

    def interrupt(self, strand, error):
        """Raise an error where a parked strand waits, as a signal's handler does in the main thread."""
        strand.error = error
        self.wake(strand)

    def start(self, function, args, kwargs=None):
        """Start a strand that calls `function`, and return its identifier, as `_thread.start_new_thread` does."""
        strand = Strand()

        def run():
            strand.gate.acquire()
            try:
                function(*args, **(kwargs or {}))
            except SystemExit:
                pass
            finally:
                self._leave()

        ident = real_start(run, ())
        self._ready.append(strand)
        return ident

    def _hand_on(self, me):
        following = self._next()
        if following is not me:
            self.current = following
            following.gate.release()
            me.gate.acquire()

    def _leave(self):
        following = self._next()
        self.current = following
        following.gate.release()

    def _next(self):
        while not self._ready:
            self._advance()
        return self._ready.popleft()

    def _advance(self):
        while self._timers and self._timers[0][2].wait != self._timers[0][3]:
            heapq.heappop(self._timers)
        self.turn(self._timers[0][0] if self._timers else None)
        while self._timers and self._timers[0][0] <= self.now_s + _DUE_S:
            _, _, strand, wait = heapq.heappop(self._timers)
            if strand.wait == wait:
                strand.timed_out = True
                self.wake(strand)

    def _jump(self, deadline_s):
        if deadline_s is None:
            raise Deadlock("every thread waits, and there is no world that could wake one")
        self.now_s = deadline_s


kernel = Kernel()
"""The kernel of this process."""
