"""The httpx transport against a real socket: answers, pools, and the three ways to get none."""

import asyncio
import socket
import subprocess
import sys

import pytest

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpCall, HttpxTransport, WireFailure

POOLS = {"train": PoolRule(1, 5.0), "retrieve": PoolRule(50, 5.0)}


class Server:
    """An HTTP server that notes which connection each request came on; its paths say what it does."""

    def __init__(self):
        self.connections = 0
        self.seen = []

    async def serve(self, reader, writer):
        """Answer every request of one connection."""
        self.connections += 1
        me = self.connections
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                path = lines[0].split(" ")[1]
                length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
                body = await reader.readexactly(length)
                self.seen.append((me, lines[0], body))
                if path == "/reset":
                    return
                if path == "/slow":
                    await asyncio.sleep(5.0)
                await asyncio.sleep(0.02)
                writer.write(b"HTTP/1.1 404 Not Found\r\nX-Gateway-Replica: gw-0\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def _against_server(work):
    """Run work(transport, url, server) with a server of its own."""

    async def main():
        server = Server()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        transport = HttpxTransport(POOLS)
        try:
            async with listening:
                return await work(transport, f"http://127.0.0.1:{port}", server)
        finally:
            await transport.close()

    return asyncio.run(main())


def _call(url, *, method="POST", body=b"{}", timeout_s=2.0):
    return HttpCall(method, url, {"content-type": "application/json"}, body, timeout_s)


def test_an_answer_comes_back_whole_with_lower_case_headers():
    """Status, headers and body; an error status is an answer like any other."""

    async def work(transport, url, server):
        return await transport.send("train", _call(f"{url}/x"))

    reply = _against_server(work)
    assert (reply.status, reply.headers["x-gateway-replica"], reply.json()) == (404, "gw-0", {})


def test_each_pool_has_connections_of_its_own():
    """A second request of a pool reuses its connection; another pool opens another one."""
    # docs/reference/protocol.md §2

    async def work(transport, url, server):
        for pool in ("train", "train", "retrieve"):
            await transport.send(pool, _call(url))
        return [connection for connection, _, _ in server.seen]

    assert _against_server(work) == [1, 1, 2]


def test_the_training_pool_sends_one_request_at_a_time():
    """Five at once share its one connection; five polls have five."""

    async def work(transport, url, server):
        await asyncio.gather(*(transport.send("train", _call(url)) for _ in range(5)))
        trained = server.connections
        await asyncio.gather(*(transport.send("retrieve", _call(url)) for _ in range(5)))
        return trained, server.connections - trained

    assert _against_server(work) == (1, 5)


@pytest.mark.parametrize(("path", "kind"), [("/reset", "reset"), ("/slow", "timeout")])
def test_no_answer_is_a_wire_failure(path, kind):
    """A connection that breaks is a reset; one that stays silent too long is a timeout."""

    async def work(transport, url, server):
        with pytest.raises(WireFailure) as caught:
            await transport.send("train", _call(url + path, timeout_s=0.2))
        return caught.value.kind

    assert _against_server(work) == kind


def test_a_port_where_nothing_listens_is_refused():
    """Nothing was sent."""

    async def work():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        transport = HttpxTransport(POOLS)
        with pytest.raises(WireFailure) as caught:
            await transport.send("train", _call(f"http://127.0.0.1:{port}/"))
        await transport.close()
        return caught.value.kind

    assert asyncio.run(work()) == "refused"


def test_a_port_that_answers_nothing_is_a_connect_timeout():
    """Packets are lost on the way; nothing was sent either."""

    async def work():
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
            # the second connection finds the queue full, and its packets are dropped
            first.connect(full.getsockname())
            fillers = [socket.socket() for _ in range(2)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
            transport = HttpxTransport(POOLS)
            with pytest.raises(WireFailure) as caught:
                await transport.send("train", _call(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout_s=0.2))
            await transport.close()
            for filler in fillers:
                filler.close()
            return caught.value.kind

    assert asyncio.run(work()) == "connect-timeout"


def test_importing_the_client_loads_neither_httpx_nor_torch():
    """A program that only asks for a policy pays for neither."""
    code = "import sys, gateway_sim.client.reconnectable; print(sorted({'httpx', 'torch'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
