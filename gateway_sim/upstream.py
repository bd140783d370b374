"""The gateway's requests to pods: an interface, and its live implementation on aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Protocol

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

Headers = list[tuple[bytes, bytes]]
Kind = Literal["refused", "connect-timeout", "reset", "timeout"]

CONNECT_TIMEOUT_S = 5.0
SILENT_FOR_S = 60.0
"""The read timeout of a pod: pods answer held polls within 40 s (docs/architecture.md §4)."""
KEPT_IDLE_S = 4.0
"""How long an idle connection is kept: uvicorn closes one after 5 s, and a POST sent at that moment is lost."""


class UpstreamFailure(Exception):
    """The pod gave no complete answer; `kind` is how the connection failed.

    | kind              | what happened                                     | was the request sent? | status |
    | ----------------- | ------------------------------------------------- | --------------------- | ------ |
    | `refused`         | nothing listens at the address                    | no                    | 502    |
    | `connect-timeout` | no connection within `CONNECT_TIMEOUT_S`          | no                    | 504    |
    | `reset`           | the connection ended before the answer did        | perhaps               | 502    |
    | `timeout`         | the pod sent nothing for `SILENT_FOR_S`           | perhaps               | 504    |
    """

    def __init__(self, kind: Kind) -> None:
        super().__init__(_SAID[kind])
        self.kind: Kind = kind

    @property
    def nothing_was_sent(self) -> bool:
        """Whether no pod can have received the request."""
        return self.kind in ("refused", "connect-timeout")

    @property
    def status(self) -> int:
        """The status of a gateway's answer."""
        return 504 if self.kind in ("connect-timeout", "timeout") else 502


_SAID: Final[Mapping[Kind, str]] = {
    "refused": "the connection to the pod was refused",
    "connect-timeout": "no connection to the pod came about in time",
    "reset": "the connection to the pod was reset",
    "timeout": "the pod did not answer",
}


class UpstreamReply(Protocol):
    """A pod's answer; its body is read once, by `chunks` or `whole`, which may raise `UpstreamFailure`."""

    status: int
    headers: Headers

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives."""
        ...

    async def whole(self) -> bytes:
        """Read the body to its end."""
        ...

    async def aclose(self) -> None:
        """Stop reading and release the connection."""
        ...


class Upstream(Protocol):
    """Opens requests to pods."""

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Send a request and return once its head is answered. Raises `UpstreamFailure`."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class AiohttpUpstream:
    """Requests over real sockets: pooled connections, no decoding, no redirects, no cookies.

    A pod times out when it sends nothing for `silent_for_s` seconds. Once closed, it refuses every request.
    """

    def __init__(self, silent_for_s: float = SILENT_FOR_S, kept_idle_s: float = KEPT_IDLE_S) -> None:
        self._silent_for_s = silent_for_s
        self._kept_idle_s = kept_idle_s
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Send a request and return once its head is answered. Raises `UpstreamFailure`."""
        session = self._session or self._begin()
        try:
            reply = await session.request(
                method,
                _kept(url) if len(url) <= LONGEST_KEPT else _parsed(url),
                headers=_texts(headers),
                data=body or None,
                allow_redirects=False,
            )
        except Exception as error:
            if self._closed:
                # the request was open when its world ended; aiohttp then fails in ways of its own
                raise UpstreamFailure("reset") from error
            _tell(error)
        return _AiohttpReply(reply)

    async def close(self) -> None:
        """Let go of every connection."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _begin(self) -> aiohttp.ClientSession:
        import aiohttp

        # a server that is still open passes requests on while its world ends; a session begun now would stay open
        if self._closed:
            raise UpstreamFailure("refused")

        kept: Any = {"keepalive_timeout": self._kept_idle_s} if self._kept_idle_s else {"force_close": True}
        connector = self._connector(limit=0, **kept)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=self._silent_for_s),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Content-Type", "Accept-Encoding"),
        )
        return self._session

    def _connector(self, **options: Any) -> aiohttp.BaseConnector:
        """Return the pool of connections."""
        import aiohttp

        return aiohttp.TCPConnector(**options)


class _AiohttpReply:
    """An aiohttp response as an `UpstreamReply`."""

    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self.status = reply.status
        self.headers = list(reply.raw_headers)
        self._reply = reply

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises `UpstreamFailure`."""
        return self._read(self._reply)

    async def whole(self) -> bytes:
        """Read the body to its end, at half the cost of `chunks`. Raises `UpstreamFailure`."""
        try:
            return await self._reply.read()
        except Exception as error:
            _tell(error)

    async def aclose(self) -> None:
        """Close the connection unless the end of the body has come, at which aiohttp releases it."""
        if not self._reply.closed:
            self._reply.close()

    @staticmethod
    async def _read(reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in reply.content.iter_any():
                yield chunk
        except Exception as error:
            _tell(error)


def _tell(error: Exception) -> NoReturn:
    """Raise what an error of aiohttp's is to a gateway; any other error is raised as it is.

    `except` clauses would import aiohttp in every request.
    """
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorError):
        raise UpstreamFailure("refused") from error
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        raise UpstreamFailure("connect-timeout") from error
    if isinstance(error, TimeoutError):
        raise UpstreamFailure("timeout") from error
    if isinstance(error, aiohttp.ClientError):
        raise UpstreamFailure("reset") from error
    raise error


def _parsed(url: str) -> URL:
    """Parse a percent-encoded URL."""
    from yarl import URL

    return URL(url, encoded=True)


LONGEST_KEPT = 512
_kept = lru_cache(maxsize=4096)(_parsed)
"""There are few pods, and many requests to each."""


def _texts(headers: Headers) -> list[tuple[str, str]]:
    try:
        return [(name.decode(), value.decode()) for name, value in headers]
    except UnicodeDecodeError:
        return [(_text(name), _text(value)) for name, value in headers]


def _text(raw: bytes) -> str:
    """Decode as UTF-8, in which aiohttp sends it again; as Latin-1 if it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
