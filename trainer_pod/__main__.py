"""`python -m gateway_sim.trainer_pod`: one pod as a process of its own, for the live engine.

It prints its events as JSON lines on stdout, the first being PodListening. The line "fence" on stdin fences it. It ends
on SIGTERM or when stdin closes, so that a parent that dies leaves no pod behind.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read by torch when it is imported, so before everything else

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, TypeVar

import uvicorn
from pydantic import TypeAdapter, ValidationError

from gateway_sim.trainer_pod.app import PodApp
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import FENCE, PodFenced, PodListening
from gateway_sim.trainer_pod.http_limits import HttpLimits, LimitsRefused
from gateway_sim.trainer_pod.limited_http import LimitedServer, protocol
from gateway_sim.trainer_pod.pod import TrainerPod

T = TypeVar("T")


class OneThread:
    """A thread of its own for torch work, so that the pod answers healthz during a step."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="torch")

    async def __call__(self, call: Callable[[], T], /) -> T:
        """Run the call in the thread, after those before it."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


class PodServer(LimitedServer):
    """Uvicorn, with the signals left to `serve`: a held poll must not keep the process alive."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def print_event(event: object) -> None:
    """Print an event as one JSON line; a closed pipe is no failure."""
    fields = asdict(event)  # type: ignore[call-overload]  # every event is a dataclass
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps({"event": type(event).__name__, **fields}), flush=True)


def watch_stdin(told: Callable[[bytes], object]) -> None:
    """Call `told` with each line of stdin, and with b"" at its end.

    A thread, because a loop cannot watch every kind of file.
    """

    def read_to_the_end() -> None:
        with open(0, "rb", buffering=0, closefd=False) as stdin:
            for line in stdin:
                told(line.strip())
        told(b"")

    threading.Thread(target=read_to_the_end, name="stdin", daemon=True).start()


async def serve(config: PodConfig, listener: socket.socket, limits: HttpLimits) -> None:
    """Serve a pod on a bound socket until SIGTERM, SIGINT or the end of stdin."""
    loop, stop, fenced = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ends = {b"": stop.set, FENCE: fenced.set}
    watch_stdin(lambda line: loop.call_soon_threadsafe(ends[line]) if line in ends else None)
    pod = TrainerPod(config, emit=print_event, blocking=OneThread())
    http: Any = protocol(limits, any_host=True)  # the gateway before a pod may send its caller's Host on
    settings = uvicorn.Config(
        PodApp(pod),
        http=http,
        lifespan="off",
        ws="none",
        log_level="warning",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = PodServer(settings)
    serving = asyncio.create_task(server.serve([listener]), name="uvicorn")
    print_event(PodListening("{}:{}".format(*listener.getsockname()[:2])))
    await pod.start()
    fencing = asyncio.create_task(fence(pod, config, fenced), name="fence")
    await stop.wait()
    fencing.cancel()
    await pod.stop()
    server.should_exit = True
    await serving


async def fence(pod: TrainerPod, config: PodConfig, asked: asyncio.Event) -> None:
    """Fence the pod once that is asked for, and say so."""
    await asked.wait()
    await pod.retire()
    print_event(PodFenced(config.account, config.job, config.incarnation))


def load() -> None:
    """Import torch and the models, which a pod would import with its first one; a fork server does so once."""
    import gateway_sim.trainer_pod.model_worker  # noqa: F401


def main() -> None:
    """Read the command line, bind, and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m gateway_sim.trainer_pod", description="One trainer pod as a process."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--config", required=True, help="PodConfig as JSON")
    words = parser.parse_args()
    try:
        config = TypeAdapter(PodConfig).validate_json(words.config)
    except ValidationError as unfit:
        first = unfit.errors(include_url=False)[0]
        parser.error(f"--config: {'.'.join(map(str, first['loc'])) or 'the document'}: {first['msg']}")
    try:
        limits = HttpLimits.of(os.environ)
    except LimitsRefused as wrong:
        parser.error(str(wrong))
    load()
    # asyncio switches off Nagle's delay (40 ms an answer) only on a socket that is declared as TCP
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((words.host, words.port))
    listener.listen(1024)
    asyncio.run(serve(config, listener, limits))


if __name__ == "__main__":
    main()
