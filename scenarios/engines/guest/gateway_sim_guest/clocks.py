"""Clocks of the guest: `time`, and `datetime`, which reads the clock in C."""

import datetime
import queue
import sys
import threading
import time

from .kernel import kernel

EPOCH_S = 1_700_000_000.0
"""The time of day at which every world begins, in seconds since 1970."""

_real_datetime, _real_date = datetime.datetime, datetime.date
_localtime, _gmtime, _strftime, _ctime, _asctime = (
    time.localtime, time.gmtime, time.strftime, time.ctime, time.asctime,
)  # fmt: skip


def now_s():
    """Return the time of day, in seconds since 1970."""
    return EPOCH_S + kernel.now_s


class _Kind(type):
    """Instances of the real class are instances of its stand-in too."""

    def __instancecheck__(cls, thing):
        return isinstance(thing, cls._real)

    def __subclasscheck__(cls, other):
        return issubclass(other, cls._real)


class Date(_real_date, metaclass=_Kind):
    """A date whose today is the world's."""

    _real = _real_date

    @classmethod
    def today(cls):
        """Return the world's day."""
        return cls.fromtimestamp(now_s())


class DateTime(_real_datetime, metaclass=_Kind):
    """A datetime whose now is the world's."""

    _real = _real_datetime

    @classmethod
    def now(cls, tz=None):
        """Return the world's time."""
        return cls.fromtimestamp(now_s(), tz)

    @classmethod
    def utcnow(cls):
        """Return the world's time, in UTC and without a zone."""
        return cls.fromtimestamp(now_s(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls):
        """Return the world's time."""
        return cls.now()


def install():
    """Replace every clock, also in the modules that have taken one."""
    time.sleep = lambda seconds: kernel.sleep(float(seconds))
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
    datetime.datetime, datetime.date = DateTime, Date
    threading._time = queue.time = time.monotonic
    for name in ("selectors", "sched", "asyncio.base_events"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "monotonic"):
            module.monotonic = time.monotonic
