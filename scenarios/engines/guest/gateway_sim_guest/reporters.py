"""Programs that only report on the code or the machine, such as git: they run for real, and take no virtual time.

Training scripts ask git for their revision when they begin. Such a program runs to its end before its caller goes on,
as a computation of the guest does; every other program is refused, because it would wait for the real world.
"""

import io
import os
import shlex
import shutil
import subprocess
import tempfile

REPORTERS = frozenset({"git", "lscpu", "nvidia-smi", "uname"})
UNDERSTOOD = frozenset(
    {"bufsize", "capture_output", "check", "close_fds", "cwd", "encoding", "env", "errors", "shell", "stderr", "stdin",
     "stdout", "text", "timeout", "universal_newlines"}
)  # fmt: skip
_STREAMS = (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL)
_SPAWN, _WAIT = os.posix_spawn, os.waitpid


def words_of(args, named):
    """Return the words of a reporter's command; None for any other program, or for options that are not understood."""
    words = shlex.split(args) if isinstance(args, str) else [os.fspath(word) for word in args or ()]
    known = set(named) <= UNDERSTOOD and named.get("stdin") in (None, subprocess.DEVNULL)
    piped = all(named.get(name) in (None, *_STREAMS) for name in ("stdout", "stderr"))
    return words if words and words[0] in REPORTERS and known and piped else None


def run(process, words, named):
    """Run a reporter to its end, and make `process` a Popen that has ended. Raises FileNotFoundError."""
    if shutil.which(words[0]) is None:
        raise FileNotFoundError(2, "No such file or directory", words[0])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sink = out if named.get("stderr") == subprocess.STDOUT else err
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, sink.fileno(), 2),
        ]
        # the call has no option for the folder
        command = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', os.fspath(named.get("cwd") or "."), *words]
        environ = os.environ if named.get("env") is None else named["env"]
        pid = _SPAWN(command[0], command, environ, file_actions=actions)
        process.returncode = os.waitstatus_to_exitcode(_WAIT(pid, 0)[1])
        told = [_told(stream, named) for stream in (out, err)]
    process.args, process.pid, process.stdin = words, pid, None
    process.text_mode = process.universal_newlines = isinstance(told[0], io.StringIO)
    process.stdout = told[0] if named.get("stdout") == subprocess.PIPE else None
    process.stderr = told[1] if named.get("stderr") == subprocess.PIPE else None
    process.communicate = lambda input=None, timeout=None: tuple(
        stream and stream.read() for stream in (process.stdout, process.stderr)
    )


def _told(stream, named):
    stream.seek(0)
    said = stream.read()
    if named.get("text") or named.get("universal_newlines") or named.get("encoding") or named.get("errors"):
        return io.StringIO(said.decode(named.get("encoding") or "utf-8", named.get("errors") or "strict"))
    return io.BytesIO(said)
