"""What a guest may not do in virtual time, because it would wait for the real world: each is refused by its name."""

import _posixsubprocess
import os
import ssl
import subprocess

from . import reporters

refused = []
"""What was refused so far, in words; the world reports it even where a library swallows the error."""


class OutsideRefused(RuntimeError):
    """The guest asked for something that virtual time cannot give."""


def refuse(what):
    """Raise `OutsideRefused`."""
    told = f"in virtual time a program cannot have {what}; play it with --engine live"
    refused.append(told)
    raise OutsideRefused(told)


def _never(what):
    def call(*args, **kwargs):
        shown = f": {args[0]!r}"[:200] if args else ""
        refuse(f"{what}{shown}")

    return call


def _start(self, args=None, *more, **named):
    words = None if more else reporters.words_of(args, named)
    if words is None:
        _never("a process of its own (subprocess)")(args)
    reporters.run(self, words, named)


def install():
    """Refuse processes and TLS; connections are refused where they are made."""
    for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "popen", "execv", "execve"):
        if hasattr(os, name):
            setattr(os, name, _never(f"a process of its own (os.{name})"))
    subprocess.Popen.__init__ = _start
    subprocess.Popen.__del__ = lambda self: None
    # multiprocessing calls it directly
    _posixsubprocess.fork_exec = _never("a process of its own (multiprocessing)")
    for name in ("wrap_socket", "wrap_bio"):
        setattr(ssl.SSLContext, name, lambda self, *args, **words: refuse("TLS; the hosts of a world speak plain HTTP"))
