"""Bodies, short, long and broken off."""

import asyncio
import contextlib
import gzip
import hashlib
from collections.abc import AsyncIterator

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome, required
from gateway_sim.scenarios.compare.contract.pods import FIRST, REST, cut, reset, saying, streamed
from gateway_sim.scenarios.compare.contract.trial import PATHS, Trial
from gateway_sim.upstream import UpstreamFailure

BATCH_BYTES = 5_000_000
PIECE_BYTES = 64 * 1024
READ_WITHIN_S = 2.0
BINARY = bytes(range(256)) * 40


async def _pieces(body: bytes, length: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), length):
        yield body[at : at + length]
        await asyncio.sleep(0)


@required("a body arrives at the pod byte for byte", "a changed batch trains another model")
async def body(trial: Trial) -> Outcome:
    """Send bytes that are no text."""
    key = await trial.running()
    answer = await trial.ask(key, headers=[("content-type", "application/octet-stream")], body=BINARY)
    if not (arrived := trial.arrived(key)):
        return Missed(f"{answer.told}, and no request arrived at the pod")
    found = arrived[0].body
    return None if found == BINARY else Missed(f"sent {len(found)} bytes to the pod, not the {len(BINARY)} that came")


@required(
    "a body of 5 MB arrives", "the SDKs send a batch in bodies of up to 5 MB; nginx refuses more than 1 MB unless told"
)
async def large_body(trial: Trial) -> Outcome:
    """Send it with its length."""
    key, batch = await trial.running(), b"0123456789abcdef" * (BATCH_BYTES // 16)
    headers = [("content-type", "application/octet-stream"), ("content-length", str(len(batch)))]
    answer = await trial.ask(key, headers=headers, body=_pieces(batch, PIECE_BYTES))
    if not (arrived := trial.arrived(key)):
        return Missed(f"{answer.told}, and no request arrived at the pod")
    same = hashlib.sha256(arrived[0].body).digest() == hashlib.sha256(batch).digest()
    return None if same else Missed(f"sent {len(arrived[0].body)} bytes to the pod, not the {len(batch)} that came")


@required("a body in chunks arrives complete", "a client that compresses or streams states no length")
async def chunked_body(trial: Trial) -> Outcome:
    """Send it without its length."""
    key, sent = await trial.running(), b"one,two,three"
    answer = await trial.ask(key, body=_pieces(sent, 4))
    if not (arrived := trial.arrived(key)):
        return Missed(f"{answer.told}, and no request arrived at the pod")
    found = arrived[0].body
    return None if found == sent else Missed(f"sent {found.decode('latin-1') or 'no body'} to the pod")


@required(
    "a compressed answer can be read", "a gateway that unpacks a body but passes its Content-Encoding on breaks it"
)
async def compressed_answer(trial: Trial) -> Outcome:
    """Let the pod compress."""
    told = b'{"loss": 1.5}' * 20
    key = await trial.running(answer=saying(200, gzip.compress(told), ("content-encoding", "gzip")))
    answer = await trial.ask(key, headers=[("accept-encoding", "gzip")])
    try:
        found = gzip.decompress(answer.body) if answer.header("content-encoding") == "gzip" else answer.body
    except (OSError, EOFError):
        return Missed(f"{answer.told} with Content-Encoding gzip and a body that is not compressed, or is cut")
    return None if found == told else Missed(f"{answer.told} with another body than the pod's")


@required("an answer is passed on while the pod still sends", "a long answer must not fill the gateway's memory")
async def streamed_answer(trial: Trial) -> Outcome:
    """Let the pod wait until its first chunk was read."""
    key = await trial.running(answer=streamed)
    found = b""
    try:
        async with contextlib.AsyncExitStack() as opened:
            async with asyncio.timeout(READ_WITHIN_S):
                reply = await opened.enter_async_context(trial.stream(key, PATHS["other"]))
                chunks = aiter(reply.chunks)
                while len(found) < len(FIRST):
                    found += await anext(chunks)
            trial.pod(key).first_was_read.set()
            async for chunk in chunks:
                found += chunk
    except TimeoutError:
        return Missed(f"passed on {len(found)} bytes of a first chunk of {len(FIRST)} that the pod sent")
    except (UpstreamFailure, StopAsyncIteration):
        return Missed(f"broke off after {len(found)} bytes")
    return None if found == FIRST + REST else Missed("answered with another body than the pod's")


@required("an answer that broke off at the pod does not look complete", "an SDK would take half a result as a result")
async def cut_answer(trial: Trial) -> Outcome:
    """Let the pod break off."""
    key = await trial.running(answer=cut)
    answer = await trial.ask(key)
    looks_complete = 200 <= answer.status < 300 and not answer.broken
    return Missed(f"{answer.told} with {len(answer.body)} bytes as a complete body") if looks_complete else None


@required(
    "a request that a pod took is not sent again",
    "the pod may have done it: a forward_backward that is done twice counts its gradients twice",
)
async def sent_once(trial: Trial) -> Outcome:
    """Let the pod take a dispatch and break the connection."""
    key = await trial.running(answer=reset)
    answer = await trial.ask(key)
    times = len(trial.arrived(key))
    if times > 1:
        return Missed(f"sent a dispatch {times} times")
    return None if answer.status >= 500 else Missed(f"{answer.told} instead of 502, 503 or 504")
