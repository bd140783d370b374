"""A pod that answers no probe is frozen; one that closes the connection may have ended, and is asked again."""

import asyncio

import pytest

from gateway_sim.scenarios.engines.live import pod_probes
from gateway_sim.scenarios.engines.live.pod_probes import PodProbes
from gateway_sim.scenarios.sim.events import PodFroze, PodThawed
from gateway_sim.scenarios.world.lost_pods import LostPods

POD = ("acme", "job-1", 1)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
CLOSES = ("closes", "closes")
"""Of one probe: aiohttp sends a GET again, once, on another connection."""


async def probed(ways: list[str]) -> list[type]:
    """Return what is reported of a pod that meets its first probes in these ways, and answers from then on."""
    told: list[type] = []
    left, over, serving = [*ways, "answers"], asyncio.Event(), list[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        way = left.pop(0) if left else over.set() or "answers"
        if way == "is silent":
            # until the probe has given up
            await reader.read()
        elif way == "answers":
            writer.write(ANSWER)
        writer.close()
        await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.create_task(serve(reader, writer)))

    probes = PodProbes(LostPods(lambda source: lambda event: told.append(type(event)), 7.0))
    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        probes.begin(POD, f"{host}:{port}")
        await asyncio.wait_for(over.wait(), 30.0)
        await probes.close()
        await asyncio.wait(serving)
    return told


@pytest.mark.parametrize(
    ("ways", "reported"),
    [
        (["answers", "answers"], []),
        ([*CLOSES, "answers", *CLOSES], []),
        ([*CLOSES, *CLOSES], [PodFroze, PodThawed]),
        (["is silent", "answers"], [PodFroze, PodThawed]),
        ([*CLOSES, "is silent"], [PodFroze, PodThawed]),
    ],
)
def test_what_a_probe_meets_decides_whether_a_pod_is_frozen(
    monkeypatch: pytest.MonkeyPatch, ways: list[str], reported: list[type]
) -> None:
    """A process that was killed closes its sockets before its end is seen: one closed connection says nothing."""
    monkeypatch.setattr(pod_probes, "PROBED_EVERY_S", 0.01)
    monkeypatch.setattr(pod_probes, "ANSWERED_WITHIN_S", 0.2)
    assert asyncio.run(probed(ways)) == reported
