"""Chance of the guest: everything that is random comes from the world's seed."""

import os
import random
import sys
import uuid

_stream = random.Random(0)
_seed = random.Random.seed


def _urandom(size):
    return _stream.randbytes(size)


def _seeded(self, a=None, version=2):
    """Seed a generator; without a seed, from the world's and not from the system's."""
    _seed(self, _stream.getrandbits(64) if a is None else a, version)


def _uuid1(node=None, clock_seq=None):
    return uuid.UUID(int=_stream.getrandbits(128), version=1)


def install():
    """Replace the sources of chance."""
    os.urandom = random._urandom = _urandom
    random.Random.seed = _seeded
    uuid._generate_time_safe = uuid._UuidCreate = None
    uuid.uuid1 = _uuid1
    uuid.getnode = lambda: 0x02_00_00_00_00_01


def begin(seed):
    """Start every stream anew from the world's seed; numpy's and torch's too, if they are imported."""
    _seed(_stream, seed)
    random.seed(_stream.getrandbits(64))
    if "numpy" in sys.modules and hasattr(sys.modules["numpy"], "random"):
        sys.modules["numpy"].random.seed(_stream.getrandbits(32))
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(_stream.getrandbits(63))
