"""A client that sends a batch as a new request when its result takes more than a minute."""

from collections.abc import Sequence
from typing import Any

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.scenarios.search.mutations import TUNED, Guard, Original, replacing

part = "client"
guards = [Guard("incident-344", "plain", "route-not-ready", "no step is applied twice", TUNED)]


@replacing(AsyncReconnectableClient, "forward_backward")
async def break_it(
    _: Original, self: AsyncReconnectableClient, data: Sequence[Any], loss: str = "cross_entropy", config: Any = None
) -> object:
    """Send again after a minute."""
    training = self._training
    assert training is not None
    first = await training.forward_backward(data, loss, config)
    try:
        return await first.result(60.0)
    except TimeoutError:
        return await (await training.forward_backward(data, loss, config)).result()
