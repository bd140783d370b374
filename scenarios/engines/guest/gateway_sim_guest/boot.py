"""The start of a guest: the takeover, then a driver of the laboratory, a user's own script, or a test of pytest's.

The process that is forked imports this module, which takes over at once, and calls `load()`. Each fork calls `main()`
with one line of JSON on its standard input, the plan:

    {"seed", "hosts": [...], "environ": {...}, "output": PATH, "errors": PATH, "stdin": TEXT,
     "script": PATH | null, "argv": [...]}

From then on the same socket carries the turns: `{"deadline_s", "sent", "refused"}` from the guest, and `{"now_s",
"arrived"}` from the world; the guest's last line is `{"ended": {...}}`.
"""

import sys

from . import chance, clocks, locks, loops, outside, polls, pyqwest_standin, sockets

locks.install()
clocks.install()
chance.install()
sockets.install()
polls.install()
loops.install()
pyqwest_standin.install()
sys.modules["uvloop"] = None  # native code that no Python clock reaches

import ast  # noqa: E402 - what is imported from here on has the world's clock
import atexit  # noqa: E402
import contextlib  # noqa: E402
import faulthandler  # noqa: E402
import gc  # noqa: E402
import importlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import signal  # noqa: E402
import ssl  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402

from .connections import network  # noqa: E402
from .kernel import kernel  # noqa: E402

_exit = os._exit

LATE = (
    "anyio._backends._asyncio", "certifi", "h2.connection", "httpcore", "tinker.proto.request_conv",
    "tinker.resources.training", "fireworks.training.sdk._core.resources.training",
)  # fmt: skip
"""What httpx and the SDKs import at their first request, which each fork would import again."""


TEST, APP = f"{__package__}.raced_test", f"{__package__}.asgi_app"
STUCK = "every thread of the {} waits, and for nothing that can come"
unloaded = None
"""Why the driver or its SDK could not be imported."""


def load():
    """Import what every fork needs: the SDK of a driver, what a script or application imports, or a file of tests.

    A failure is kept, and each fork ends with it.
    """
    global unloaded
    try:
        _load()
    except Exception as error:
        unloaded = error


def _load():
    chance.begin(0)
    kind, *words = sys.argv[1:]
    if kind == "driver":
        folder, name, *rest = words
        sys.path.insert(0, folder)
        sys.argv = [name, *rest]
        importlib.import_module(name).load()
    elif kind == "test":
        importlib.import_module(TEST).load(words[0])
    elif kind == "app":
        importlib.import_module(APP).load(*words[:2], _imported)
    else:
        folder = os.path.dirname(os.path.abspath(words[0]))
        sys.path.insert(0, folder)
        for name in _imported(words[0]):
            if not os.path.exists(os.path.join(folder, f"{name.partition('.')[0]}.py")):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
    if "httpx" in sys.modules:
        for name in LATE:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    anyio_asyncio = sys.modules.get("anyio._backends._asyncio")
    if anyio_asyncio is not None:
        loops.order_scopes(anyio_asyncio)
    # no host of a world speaks TLS, and each client would read every certificate
    ssl.SSLContext.load_verify_locations = lambda self, *args, **words: None
    ssl.SSLContext.load_default_certs = lambda self, *args: None
    # a fork copies what it writes to, and the collector writes to every object that it looks at
    gc.collect()
    gc.freeze()


def _imported(path):
    """Return the modules that a script imports at its top."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError):
        return []
    names = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names


class _Channel:
    """The guest's end of the socket to its world."""

    def __init__(self, number):
        self._in = open(number, "rb", closefd=False)  # noqa: SIM115 - it lasts as long as the process
        self._out = open(number, "wb", closefd=False)  # noqa: SIM115
        self._told = 0
        self.interrupt = None

    def line(self):
        """Return the world's next message; the process ends when there is none."""
        line = self._in.readline()
        if not line:
            _exit(0)
        return json.loads(line)

    def say(self, **message):
        """Send a message, with everything that was sent and refused since the last one."""
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        sent, network.out = network.out, []
        refused, self._told = outside.refused[self._told :], len(outside.refused)
        self._out.write(json.dumps({**message, "sent": sent, "refused": refused}).encode() + b"\n")
        self._out.flush()

    def ask(self, **question):
        """Ask the world, which answers at once: no time passes."""
        self.say(asked=question)
        return self.line()["answer"]

    def turn(self, deadline_s):
        """Let the world run."""
        if deadline_s is None and not network.live and network.incoming is None:
            if self.interrupt is not None and self.interrupt(STUCK.format("test")):
                return
            # raised in the strand that happens to run last, it would leave the others parked
            for ident, frame in sys._current_frames().items():
                print(f"thread {threading._active.get(ident)}:", *traceback.format_stack(frame)[-3:], file=sys.stderr)
            told = STUCK.format("program")
            self.say(ended={"status": 1, "type": "Deadlock", "module": "gateway_sim", "message": told})
            _exit(1)
        self.say(deadline_s=deadline_s)
        answer = self.line()
        kernel.now_s = answer["now_s"]
        network.deliver(answer["arrived"])
        if "stop" in answer and self.interrupt is not None:
            self.interrupt(answer["stop"])


def main():
    """Read the plan, take its streams, and run the guest to its end."""
    # kept, because a stream that is collected closes its number
    before = sys.stdin, sys.stdout, sys.stderr
    number = os.dup(0)
    channel = _Channel(number)
    plan = channel.line()
    for path, target in ((os.devnull, 0), (plan["output"], 1), (plan["errors"], 2)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, target)
        os.close(opened)
    sys.stdin = io.StringIO(plan["stdin"])
    sys.stdout = open(1, "w", buffering=1 << 16, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=False)
    os.environ.update(plan["environ"])
    outside.install()
    network.hosts = tuple(plan["hosts"])
    kernel.now_s = plan["now_s"]
    kernel.turn = channel.turn
    chance.begin(plan["seed"])
    ended = {"status": 0}
    os._exit = _leaving(channel)
    try:
        ended.update(_play(plan, channel) or {})
    except SystemExit as left:
        ended = {"status": left.code if isinstance(left.code, int) else 0 if left.code is None else 1}
        if not isinstance(left.code, int | None):
            print(left.code, file=sys.stderr)
    except BaseException as error:
        traceback.print_exc()
        ended = {"status": 1, **named(error)}
    with contextlib.suppress(BaseException):
        locks.end_threads()
        atexit._run_exitfuncs()
    channel.say(ended=ended)
    del before
    _exit(0)


def _play(plan, channel):
    if unloaded is not None:
        raise unloaded
    if TEST in sys.modules:
        return sys.modules[TEST].play(channel, json.loads(plan["stdin"]))
    if APP in sys.modules:
        return sys.modules[APP].play()
    if plan["script"] is None:
        sys.modules[sys.argv[0]].main()
    else:
        sys.argv = [plan["script"], *plan["argv"]]
        runpy.run_path(plan["script"], run_name="__main__")
    return None


def _leaving(channel):
    """Return an `os._exit` that first tells the world that the guest has ended."""

    def leave(status=0):
        channel.say(ended={"status": status})
        _exit(status)

    return leave


def named(error):
    """Return the facts of an exception: type, module, message, and the HTTP status of it or of a cause."""
    status, cause = None, error
    while cause is not None and status is None:
        found = getattr(cause, "status_code", None)
        if found is None:
            found = getattr(getattr(cause, "response", None), "status_code", None)
        status = found if isinstance(found, int) else None
        cause = cause.__cause__ or cause.__context__
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "message": str(error)[:2000],
        "http_status": status,
    }
