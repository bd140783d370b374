"""How the tests of the SDK's calls make one, and what they see of one that fails."""

import asyncio

import pytest

ASK_AGAIN = {"x-should-retry": "true"}
DO_NOT_ASK = {"x-should-retry": "false"}


async def fails(work, error=Exception):
    """Await work that must raise `error`, in a run that began long ago, and return (exception, seconds it took)."""
    await asyncio.sleep(1000.0)
    started_s = asyncio.get_running_loop().time()
    with pytest.raises(error) as caught:
        await work
    return caught.value, asyncio.get_running_loop().time() - started_s


def post(bench, route, *, seq_id=1):
    """Post to a route of the trainer as the SDK does."""
    return bench.calls().post(route, {"model_id": "model-1", "seq_id": seq_id}, seq_id=seq_id)
