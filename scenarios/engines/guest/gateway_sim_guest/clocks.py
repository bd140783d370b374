"""Clocks of the guest: `time`, and `datetime`, which reads the clock in C."""

import ctypes
import datetime
import gc
import queue
import threading
import time

from .kernel import kernel

EPOCH_S = 1_700_000_000.0
"""The time of day at which every world begins, in seconds since 1970."""

_localtime, _gmtime, _strftime, _ctime, _asctime = (
    time.localtime, time.gmtime, time.strftime, time.ctime, time.asctime,
)  # fmt: skip


def now_s():
    """Return the time of day, in seconds since 1970."""
    return EPOCH_S + kernel.now_s


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    kernel.sleep(float(seconds))


def _today(cls):
    return cls.fromtimestamp(now_s())


def _now(cls, tz=None):
    return cls.fromtimestamp(now_s(), tz)


def _utcnow(cls):
    return cls.fromtimestamp(now_s(), datetime.UTC).replace(tzinfo=None)


def _replace_methods(kind, **methods):
    """Put class methods into a type that is written in C, so that `from datetime import datetime` has them too.

    A subclass in its place would not do: libraries derive from the types and compare them.
    """
    (names,) = gc.get_referents(kind.__dict__)
    names.update({name: classmethod(method) for name, method in methods.items()})
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def install():
    """Replace every clock, also in the modules that have taken one."""
    time.sleep = _sleep
    time.time = now_s
    time.monotonic = time.perf_counter = time.process_time = time.thread_time = lambda: kernel.now_s
    time.time_ns = lambda: int(now_s() * 1e9)
    time.monotonic_ns = time.perf_counter_ns = lambda: int(kernel.now_s * 1e9)
    time.process_time_ns = time.thread_time_ns = time.monotonic_ns
    time.clock_gettime = lambda clock: now_s() if clock == time.CLOCK_REALTIME else kernel.now_s
    time.clock_gettime_ns = lambda clock: int(time.clock_gettime(clock) * 1e9)
    time.localtime = lambda seconds=None: _localtime(now_s() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: _gmtime(now_s() if seconds is None else seconds)
    time.strftime = lambda form, moment=None: _strftime(form, time.localtime() if moment is None else moment)
    time.ctime = lambda seconds=None: _ctime(now_s() if seconds is None else seconds)
    time.asctime = lambda moment=None: _asctime(time.localtime() if moment is None else moment)
    _replace_methods(datetime.date, today=_today)
    _replace_methods(datetime.datetime, today=_today, now=_now, utcnow=_utcnow)
    threading._time = queue.time = time.monotonic
