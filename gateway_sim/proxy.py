"""The data path: forwards one request from the client to its pod and the answer back. Raw ASGI, streaming both ways.

`Proxy.serve` shows the order: parse, authorize, find the pod, forward, answer. Each refusal is a `Problem`.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote

from gateway_sim.admission import Admission
from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.decide import Forward
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, UpstreamFailed
from gateway_sim.finder import Finder, RoutedRequest
from gateway_sim.legs import Leg, leg_of
from gateway_sim.problems import Problem
from gateway_sim.relay import HOP_BY_HOP, end_to_end, relay
from gateway_sim.repeats import Repeats
from gateway_sim.replicas import Replica
from gateway_sim.route_table import RouteKey
from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply

PREFIX = "/training/v1/rlorTrainerJobs/"
NO_KEY = "send an API key as X-API-Key or Authorization: Bearer"
_ASKED = re.compile(re.escape(PREFIX) + r"(?P<account>[^/]+)/(?P<job>[^/]+)/(?P<path>.+)")
_DROPPED = HOP_BY_HOP | {b"host", b"fireworks-trainer", b"fireworks_trainer"}
"""What is not sent on: a pod gets its own host, and the job as the gateway knows it.

Some servers read `_` in a name as `-`, so that a caller could name another job.
"""
_ONE_EACH = frozenset((b"x-api-key", b"authorization", b"content-length", b"x-route-generation"))
"""Headers by which a request is judged: of two, this gateway and a pod might each read another one."""
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
"""A segment that a server between gateway and pod may resolve, so that the request ends elsewhere."""


def placed(path: bytes) -> RoutedRequest | None:
    """Parse a path into job, leg and pod path; None if it does not name a job."""
    parts = _ASKED.fullmatch(path.partition(b"?")[0].decode("latin-1"))
    if parts is None:
        return None
    account, job = unquote(parts["account"]), unquote(parts["job"])
    if not (account.isprintable() and job.isprintable()) or "/" in account + job:
        return None
    if _DOTS.search(f"{account}/{job}/{parts['path']}"):
        return None
    return RoutedRequest(RouteKey(account, job), leg_of(parts["path"]), parts["path"], 0)


LONGEST_KEPT = 512
_kept_place = lru_cache(maxsize=4096)(placed)
"""Runs use few paths, each many times."""


class Proxy:
    """Carries requests to pods on behalf of the replica that the balancer picked; `keys` maps API keys to accounts."""

    def __init__(
        self,
        *,
        finder: Finder,
        upstream: Upstream,
        keys: Mapping[str, str],
        emit: Callable[[object], None],
        max_body_bytes: int,
        replicas: int,
        admission: Admission | None = None,
        repeats: Repeats | None = None,
    ) -> None:
        self._finder = finder
        self._upstream = upstream
        self._keys = keys
        self._accounts = {key.encode("latin-1"): account for key, account in keys.items()}
        self._emit = emit
        self._max_body_bytes = max_body_bytes
        self._replicas = str(replicas).encode()
        self._admission = admission
        self._repeats = repeats

    async def serve(self, scope: Any, receive: Any, send: Any, replica: Replica) -> None:
        """Answer one request on behalf of `replica`."""
        leg: Leg = "other"
        path = ""
        caller = Caller(receive, self._max_body_bytes)
        try:
            headers = dict(scope["headers"])
            if len(headers) != len(scope["headers"]):
                _refuse_doubles(scope["headers"])
            asked = self._asked(scope, headers)
            leg, path = asked.leg, asked.path
            self._authorize(headers, asked.key)
            stated = _number(headers, b"content-length", "bad-length")
            if stated > self._max_body_bytes:
                raise caller.too_long()
            if self._admission is not None:
                await self._admission.admit(replica.name)
            await self._forward(scope, caller, send, asked, replica, stated if b"content-length" in headers else None)
        except Problem as problem:
            self._emit(RequestRefused(replica.name, leg, problem.status, problem.slug, _peer(scope), path))
            await problem.send(send, replica.name)
        except CallerLeft:
            return

    def _asked(self, scope: Any, headers: Mapping[bytes, bytes]) -> RoutedRequest:
        """Parse the path and the required generation. Raises `Problem`."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        # callers choose the path, so only a short one is cached
        asked = _kept_place(path) if len(path) <= LONGEST_KEPT else placed(path)
        if asked is None:
            raise Problem(400, "bad-path", "Bad path", f"write {PREFIX}{{account}}/{{job}}/{{path of the pod}}")
        at_least = _number(headers, b"x-route-generation", "bad-generation")
        return replace(asked, at_least=at_least) if at_least else asked

    def _authorize(self, headers: Mapping[bytes, bytes], key: RouteKey) -> None:
        """Check that the key, in either header, belongs to the account. Raises `Problem`.

        fireworks-ai 1.0 with tinker 0.18 posts client/config with a placeholder as X-API-Key, and its key as Bearer.
        """
        bearer = headers.get(b"authorization", b"")
        tokens = (headers.get(b"x-api-key", b""), bearer[7:] if bearer[:7].lower() == b"bearer " else b"")
        account = self._accounts.get(tokens[0]) or self._account(tokens[0]) or self._account(tokens[1])
        if account is None:
            slug, why = ("unknown-key", "this API key is not known") if any(tokens) else ("missing-key", NO_KEY)
            raise Problem(401, slug, "Not authenticated", why, {"WWW-Authenticate": "Bearer"})
        if account != key.account:
            raise Problem(403, "foreign-account", "Not allowed", f"this API key does not reach account {key.account}")

    def _account(self, token: bytes) -> str | None:
        return self._keys.get(token.decode("latin-1").strip()) if token else None

    async def _forward(
        self, scope: Any, caller: Caller, send: Any, asked: RoutedRequest, replica: Replica, stated: int | None
    ) -> None:
        """Find the pod, forward the request, send the answer back. Raises `Problem` before the answer has begun.

        A body of another length than its caller has `stated` would be framed wrongly on the connection to the pod.
        """
        target = await self._finder.find(asked, replica, connection=_peer(scope))
        body = await caller.body()
        if stated is not None and isinstance(body, bytes) and len(body) != stated:
            raise Problem(400, "bad-length", "Bad header", f"content-length says {stated}, the body has {len(body)}")
        try:
            try:
                reply = await self._open(scope, asked, target, body, replica)
            except UpstreamFailure as failure:
                if not failure.nothing_was_sent or not self._may_detour(body):
                    raise
                reply = None
            if reply is None or (reply.status == 421 and self._may_detour(body)):
                # no pod received it, or another job's pod refused it: sending it elsewhere is safe
                if reply is not None:
                    await reply.aclose()
                self._emit(RequestRerouted(replica.name, target.address, _peer(scope)))
                target = await self._finder.find(asked, replica, stray=target)
                reply = await self._open(scope, asked, target, body, replica)
            try:
                headers = [
                    *end_to_end(reply.headers, _DROPPED),
                    (b"x-gateway-replica", replica.name.encode()),
                    (b"x-gateway-replicas", self._replicas),
                ]
                await relay(send, reply, headers, caller)
            finally:
                await reply.aclose()
        except UpstreamFailure as failure:
            if caller.stopped is not None:  # the pod failed because the body stopped
                raise caller.stopped from None
            account, job = asked.key
            failed = UpstreamFailed(replica.name, account, job, asked.leg, target.address, failure.kind, _peer(scope))
            self._emit(failed)
            detail = f"the pod of {asked.key} could not answer: {failure}"
            raise Problem(failure.status, f"upstream-{failure.kind}", "Trainer unreachable", detail) from failure

    def _may_detour(self, body: bytes | AsyncIterator[bytes]) -> bool:
        """Say whether a request may be sent to another pod: its complete body must still be here."""
        return self._finder.follows_strays and isinstance(body, bytes)

    async def _open(
        self, scope: Any, asked: RoutedRequest, target: Forward, body: bytes | AsyncIterator[bytes], replica: Replica
    ) -> UpstreamReply:
        """Send the request to a pod; return at the head of its answer. Raises `UpstreamFailure`."""
        account, job = asked.key
        forwarded = RequestForwarded(
            replica.name, account, job, asked.leg, target.generation, target.address, _peer(scope), asked.path
        )
        self._emit(forwarded)
        query = scope.get("query_string", b"").decode("latin-1")
        url = f"http://{target.address}/{asked.path}" + (f"?{query}" if query else "")
        headers = end_to_end(scope["headers"], _DROPPED)
        headers.append((b"fireworks-trainer", f"{asked.key}@{target.generation}".encode()))
        open_once = partial(self._upstream.open, scope["method"], url, headers, body)
        try:
            if self._repeats is None or not isinstance(body, bytes):
                reply = await open_once()
            else:
                reply = await self._repeats.open(open_once, forwarded)
        except UpstreamFailure:
            self._finder.failed(target, replica)
            raise
        self._finder.answered(target, replica)
        return reply


def _refuse_doubles(headers: Headers) -> None:
    """Raise `Problem` if a header of `_ONE_EACH` is there twice."""
    names = [name for name, _ in headers if name in _ONE_EACH]
    if len(names) != len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, "header-twice", "Bad header", f"{twice.decode()} is there twice; send it once")


def _peer(scope: Any) -> str:
    """Return the caller's host:port; "" if the server does not know it."""
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else ""


def _number(headers: Mapping[bytes, bytes], name: bytes, slug: str) -> int:
    """Return a header's integer, 0 without the header. Raises `Problem`."""
    stated = headers.get(name)
    if stated is None:
        return 0
    # Python refuses to read numbers of thousands of digits
    if not stated.isdigit() or len(stated) > 18:
        raise Problem(400, slug, "Bad header", f"{name.decode()} must be a whole number")
    return int(stated)
