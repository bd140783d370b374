"""A process that imports a module once, and forks a child for each message on its control socket.

    python prefork.py FD FOLDER MODULE WORD...

FD is an inherited socket. A message holds a command line as a JSON list and two file descriptors: the child's standard
input and output in one, and its standard error. The child writes its pid in a line, `{"pid": n}`, and runs
`MODULE.main()`. When the other side of FD is closed, as after the death of the starting process, the process ends and
kills every fork, because an SDK polls a stopped platform for hours. At the message `null` it ends without its forks.

Importing torch costs 1.4 s and its optimizers 0.8 s more, an SDK 1.5 s; a fork costs milliseconds. The process uses
only the standard library, because it runs in an SDK's environment too.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import sys


def begin(fds, words):
    """Give this fork the streams, the command line and the default signals of a new process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    talk, stderr = fds
    for source, target in ((talk, 0), (talk, 1), (stderr, 2)):
        os.dup2(source, target)
    os.close(talk)
    os.close(stderr)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    sys.argv[1:] = words
    print(json.dumps({"pid": os.getpid()}), flush=True)


def main():
    """Import the module, then fork for each message until the socket closes."""
    control, folder, name, words = socket.socket(fileno=int(sys.argv[1])), sys.argv[2], sys.argv[3], sys.argv[4:]
    sys.path.insert(0, folder)
    sys.argv = [name, *words]
    module = importlib.import_module(name)
    # a child meets the same failure, and can report it
    with contextlib.suppress(Exception):
        module.load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(control, 2**18, 2)
        if not message:
            os.killpg(0, signal.SIGKILL)
        if message == b"null":
            return
        if os.fork() == 0:
            control.close()
            begin(fds, json.loads(message))
            module.main()
            sys.stdout.flush()
            # without the clean-up of modules that the parent imported
            os._exit(0)
        for fd in fds:
            os.close(fd)


if __name__ == "__main__":
    main()
