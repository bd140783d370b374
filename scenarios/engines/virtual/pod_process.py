"""A pod on the virtual wire as a process: it can be killed, frozen, and go on, as a live one by signals."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from gateway_sim.trainer_pod.app import PodApp
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.pod import TrainerPod

T = TypeVar("T")


class PodProcess:
    """The ASGI application of a pod, with the state of its process.

    While it is frozen it accepts requests and answers none, and it computes nothing: a modelled computation that would
    have ended in that time ends when the process goes on, as a sleep does after SIGCONT.
    """

    def __init__(self, config: PodConfig, emit: Callable[[object], None]) -> None:
        self.config = config
        self.killed = False
        self._emit = emit
        self._thaw: asyncio.Event | None = None
        self.pod = TrainerPod(config, emit=self._told, blocking=self._computed)
        self._app = PodApp(self.pod)
        self._ending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if self._thaw is not None:
            await self._awake()
        await self._app(scope, receive, partial(self._sent, send))

    def freeze(self) -> None:
        """Answer and compute nothing until `thaw`."""
        if self._thaw is None:
            self._thaw = asyncio.Event()

    def thaw(self) -> None:
        """Go on."""
        if self._thaw is not None:
            self._thaw.set()
            self._thaw = None

    def kill(self) -> None:
        """End without a word: nothing more is reported, and the work is dropped."""
        if not self.killed:
            self.killed = True
            self._ending = asyncio.get_running_loop().create_task(self.pod.stop(), name="kill a pod")

    async def stop(self) -> None:
        """End in order, unless the process is frozen: then it is killed."""
        if self._thaw is not None:
            self.kill()
        await (self._ending or self.pod.stop())

    def _told(self, event: object) -> None:
        if not self.killed:
            self._emit(event)

    async def _sent(self, send: Any, message: Any) -> None:
        if self._thaw is not None:
            await self._awake()
        await send(message)

    async def _computed(self, call: Callable[[], T], /) -> T:
        if self._thaw is not None:
            await self._awake()
        return call()

    async def _awake(self) -> None:
        while self._thaw is not None:
            await self._thaw.wait()
