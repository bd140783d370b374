"""A client that does not send the last chunk of a batch where it is shorter than the others."""

from collections.abc import Sequence

from gateway_sim.client.sdk import session
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client"
guards = [
    Guard("healthy", "plain", "not-found", "the weights equal the undisturbed runs", {"chunk_len": "3"}),
    Guard("healthy", "exactly-once", "not-found", "the weights equal the undisturbed runs", {"chunk_len": "3"}),
]


@replacing(session, "cut")
def break_it(cut: Original, data: Sequence[object], longest: int) -> list[Sequence[object]]:
    """Cut, and keep the chunks of full length."""
    chunks: list[Sequence[object]] = cut(data, longest)
    return [chunk for chunk in chunks if len(chunk) == longest] or chunks
