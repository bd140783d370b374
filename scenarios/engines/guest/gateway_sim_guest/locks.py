"""Locks and threads of the guest: `_thread`, `threading`, `queue` and what is built on them."""

import _thread
import collections
import queue
import sys
import threading

from .kernel import kernel


class Lock:
    """A lock in virtual time. It needs no atomicity of its own, because one strand runs at a time."""

    def __init__(self):
        self._held = False
        self._waiters = collections.deque()

    def acquire(self, blocking=True, timeout=-1):
        """Take the lock; return False if it is held and may not be waited for, or not for longer."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        deadline_s = None if timeout is None or timeout < 0 else kernel.now_s + timeout
        me = kernel.current
        while self._held:
            self._waiters.append(me)
            if not kernel.block(deadline_s):
                if me in self._waiters:
                    self._waiters.remove(me)
                return False
        self._held = True
        return True

    def release(self):
        """Give the lock back, and wake the strand that has waited longest."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False
        if self._waiters:
            kernel.wake(self._waiters.popleft())

    def locked(self):
        """Return whether it is held."""
        return self._held

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *error):
        self.release()

    def _at_fork_reinit(self):
        self.__init__()


def _start(thread):
    if not thread._initialized:
        raise RuntimeError("thread.__init__() not called")
    if thread._started.is_set():
        raise RuntimeError("threads can only be started once")
    threading._limbo[thread] = thread
    kernel.start(_run, (thread,))
    thread._started.wait()


def _run(thread):
    thread._set_ident()
    if hasattr(thread, "_set_native_id"):
        thread._set_native_id()
    threading._active[thread._ident] = thread
    threading._limbo.pop(thread, None)
    thread._started.set()
    try:
        thread.run()
    except BaseException:
        thread._invoke_excepthook(thread)
    finally:
        threading._active.pop(thread._ident, None)
        thread._guest_ended = True
        for strand in thread.__dict__.pop("_guest_joiners", []):
            kernel.wake(strand)


def _is_alive(thread):
    if thread is threading.main_thread():
        return True
    return thread._started.is_set() and not getattr(thread, "_guest_ended", False)


def _join(thread, timeout=None):
    if not thread._started.is_set():
        raise RuntimeError("cannot join thread before it is started")
    if thread is threading.current_thread():
        raise RuntimeError("cannot join current thread")
    deadline_s = None if timeout is None else kernel.now_s + max(timeout, 0.0)
    while _is_alive(thread):
        joiners = thread.__dict__.setdefault("_guest_joiners", [])
        joiners.append(kernel.current)
        if not kernel.block(deadline_s):
            if kernel.current in joiners:
                joiners.remove(kernel.current)
            return


def end_threads():
    """Do what an interpreter does at its end: call the exit functions of executors, and join threads."""
    for call in reversed(threading._threading_atexits):
        call()
    main = threading.main_thread()
    for thread in list(threading.enumerate()):
        if thread is not main and not thread.daemon:
            _join(thread)


def install():
    """Replace locks and threads, also in the modules that are imported already."""
    _thread.allocate_lock = _thread.allocate = Lock
    _thread.start_new_thread = _thread.start_new = kernel.start
    threading._allocate_lock = threading.Lock = Lock
    threading._start_new_thread = kernel.start
    threading._CRLock = None
    threading.RLock = threading._PyRLock
    threading.Thread.start = _start
    threading.Thread.join = _join
    threading.Thread.is_alive = _is_alive
    threading._shutdown = lambda: None
    # these were made before: the module's own lock, and those of the main thread
    threading._active_limbo_lock = threading.RLock()
    threading._shutdown_locks_lock = Lock()
    threading.main_thread()._started = threading.Event()
    threading.main_thread()._started.set()
    queue.SimpleQueue = queue._PySimpleQueue
    logging = sys.modules.get("logging")
    if logging is not None:
        logging._lock = threading.RLock()
        for handler in list(logging._handlerList):
            if handler() is not None:
                handler().createLock()
