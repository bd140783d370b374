"""Instances of a gateway that faults keep down, and that start again once no fault does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.gateway import Instance


class InstanceOutages:
    """Ends instances and starts them again; `failed` is called with the error of one that does not start."""

    def __init__(self, instances: Sequence[Instance], failed: Callable[[Exception], None]) -> None:
        self._instances = instances
        self._failed = failed
        self._holders: Counter[int] = Counter()
        self._changing: dict[int, asyncio.Task[None]] = {}

    def begin(self, number: int, end: Callable[[Instance], Awaitable[None]]) -> Undo:
        """End an instance with `end`; the undo starts it once every such call for it is undone."""
        self._holders[number] += 1
        self._change(number, end)

        def undo() -> None:
            self._holders[number] -= 1
            if not self._holders[number]:
                self._change(number, lambda instance: instance.start())

        return undo

    async def close(self) -> None:
        """Start no instance any more."""
        changing = list(self._changing.values())
        for task in changing:
            task.cancel()
        await asyncio.gather(*changing, return_exceptions=True)
        # an undo may come later
        self._instances = ()

    def _change(self, number: int, change: Callable[[Instance], Awaitable[None]]) -> None:
        """Make a change after those of the instance that are under way."""
        if not self._instances:
            return
        before, instance = self._changing.get(number), self._instances[number]

        async def changed() -> None:
            if before is not None:
                await asyncio.wait([before])
            try:
                await change(instance)
            except GatewaySimError as error:
                self._failed(error)

        name = f"instance {instance.name}"
        self._changing[number] = asyncio.get_running_loop().create_task(changed(), name=name)
