"""The httpx transport against a real socket: answers, pools, and the three ways to get none."""

import asyncio
import socket
import subprocess
import sys

import httpx
import pytest

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpCall, HttpReply, HttpxTransport, WireFailure

POOLS = {"train": PoolRule(1, 5.0), "retrieve": PoolRule(50, 5.0)}


class Server:
    """An HTTP server that notes which connection each request came on; its paths say what it does."""

    def __init__(self):
        self.connections = 0
        self.seen, self.heads, self.ended = [], [], asyncio.Event()

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
                self.heads.append(head.decode())
                if path == "/reset":
                    return
                if path == "/slow":
                    await asyncio.sleep(5.0)
                await asyncio.sleep(0.02)
                writer.write(b"HTTP/1.1 404 Not Found\r\nX-Gateway-Replica: gw-0\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
        except asyncio.IncompleteReadError:
            self.ended.set()
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


def test_a_request_comes_with_its_headers_and_with_its_body_or_without_one():
    """A GET has none, and so no length of it."""

    async def work(transport, url, server):
        await transport.send("train", _call(f"{url}/x", body=b'{"a": 1}'))
        await transport.send("train", _call(f"{url}/y", method="GET", body=b""))
        return [body for _, _, body in server.seen], server.heads

    bodies, (posted, asked) = _against_server(work)
    assert bodies == [b'{"a": 1}', b""]
    assert "content-type: application/json" in posted.lower()
    assert "content-length: 8" in posted.lower()
    assert "content-length" not in asked.lower()


def test_the_same_answer_at_another_time_is_the_same_answer():
    """Its time of arrival is for a `Retry-After` that is a date."""
    assert HttpReply(200, {}, b"", 1.0) == HttpReply(200, {}, b"", 2.0)
    assert HttpReply(200, {}, b"").received_at > 1.0e9


def test_a_closed_transport_keeps_no_connection():
    """The server sees its end."""

    async def work(transport, url, server):
        await transport.send("train", _call(url))
        assert not server.ended.is_set()
        await transport.close()
        await asyncio.wait_for(server.ended.wait(), 60.0)

    _against_server(work)


@pytest.mark.parametrize(("timeout_s", "connect_s"), [(60.0, 5.0), (2.0, 2.0)])
def test_a_request_is_given_its_time_and_at_most_five_seconds_of_it_to_connect(monkeypatch, timeout_s, connect_s):
    """The wait for a pooled connection does not count (docs/reference/protocol.md §2)."""
    given = []

    async def request(client, method, url, **how):
        given.append(how["timeout"])
        return httpx.Response(200)

    monkeypatch.setattr(httpx.AsyncClient, "request", request)

    async def work():
        transport = HttpxTransport(POOLS)
        await transport.send("train", _call("http://gateway/", timeout_s=timeout_s))
        await transport.close()

    asyncio.run(work())
    assert given == [httpx.Timeout(timeout_s, connect=connect_s, pool=None)]


@pytest.mark.parametrize("rule", [PoolRule(1, 5.0), PoolRule(None, 90.0)])
def test_a_pool_has_the_limits_of_its_rule(monkeypatch, rule):
    """Open connections, idle ones, and how long these are kept."""
    opened, real = [], httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **how: opened.append(how) or real(**how))
    HttpxTransport._open(rule)
    limits = httpx.Limits(
        max_connections=rule.max_connections,
        max_keepalive_connections=rule.max_connections,
        keepalive_expiry=rule.keepalive_s,
    )
    assert opened == [{"limits": limits}]


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


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [("/reset", "reset", "disconnected"), ("/slow", "timeout", "no answer within 0.2 s")],
)
def test_no_answer_is_a_wire_failure(path, kind, told):
    """A connection that breaks is a reset; one that stays silent too long is a timeout."""

    async def work(transport, url, server):
        with pytest.raises(WireFailure) as caught:
            await transport.send("train", _call(url + path, timeout_s=0.2))
        return caught.value

    failure = _against_server(work)
    assert failure.kind == kind
    assert told in str(failure)
    assert str(WireFailure(kind)) == f"connection {kind}"


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
        return caught.value

    failure = asyncio.run(work())
    assert failure.kind == "refused"
    assert "connection" in str(failure)
    assert str(failure) != "connection refused", "the library's own sentence says more"


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
            return caught.value

    failure = asyncio.run(work())
    assert (failure.kind, str(failure)) == ("connect-timeout", "no connection within 0.2 s")


def test_importing_the_client_loads_neither_httpx_nor_torch():
    """A program that only asks for a policy pays for neither."""
    code = "import sys, gateway_sim.client.reconnectable; print(sorted({'httpx', 'torch'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
