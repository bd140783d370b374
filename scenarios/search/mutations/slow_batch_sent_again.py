"""A client that sends a batch as a new request when its result takes more than a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from client.reconnectable import AsyncReconnectableClient
from scenarios.search.mutations import TUNED, Guard, Put

part = "client"
guards = [Guard("incident-344", "plain", "route-not-ready", "no step is applied twice", TUNED)]


def break_it(put: Put) -> None:
    """Lose patience."""

    async def impatient(
        self: AsyncReconnectableClient,
        data: Sequence[Any],
        loss_fn: str = "cross_entropy",
        loss_fn_config: Mapping[str, float] | None = None,
    ) -> object:
        training = self._training
        assert training is not None
        first = await training.forward_backward(data, loss_fn, loss_fn_config)
        try:
            return await first.result(60.0)
        except TimeoutError:
            return await (await training.forward_backward(data, loss_fn, loss_fn_config)).result()

    put(AsyncReconnectableClient, "forward_backward", impatient)
