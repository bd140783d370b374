"""A sampling client: it draws sequences from the weights that its session was made from."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from gateway_sim.client.sdk.bodies import Json, read
from gateway_sim.client.sdk.calls import Calls
from gateway_sim.trainer_pod.protocol.sampling import SampleOutput


class SamplingClient:
    """Draws from one sampling session (docs/reference/protocol.md §1.7); errors are those of the profile's legs."""

    def __init__(self, calls: Calls, sampler_id: str) -> None:
        self.sampler_id = sampler_id
        self._calls = calls
        self._numbers = count()

    async def sample(
        self, prompt: Sequence[int], sampling_params: Mapping[str, Any], num_samples: int = 1
    ) -> SampleOutput:
        """Draw `num_samples` sequences after the tokens of a prompt.

        Without a seed in the parameters the request's number decides on the tokens. SDKs up to tinker 0.18 give each
        repetition another number, so its tokens differ from those that were lost.
        """
        body = {"sampling_session_id": self.sampler_id, **sampling_body(prompt, sampling_params, num_samples)}
        return read(SampleOutput, await self._calls.sample(body, self._numbers))


def sampling_body(prompt: Sequence[int], sampling_params: Mapping[str, Any], num_samples: int) -> Json:
    """Return the body of an asample without its session and number."""
    return {
        "prompt": {"chunks": [{"type": "encoded_text", "tokens": list(prompt)}]},
        "sampling_params": dict(sampling_params),
        "num_samples": num_samples,
        "type": "sample",
    }
