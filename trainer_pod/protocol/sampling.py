"""The bodies of sampling: its session, the request for sequences, and the result (docs/reference/protocol.md §1.7)."""

from typing import Literal

from pydantic import Field

from gateway_sim.trainer_pod.protocol.tensors import Asked, ModelInput, Wire

Top = list[tuple[int, float]]
"""The most probable tokens at one position, each with its logprob, the most probable first."""


class CreateSamplingSessionRequest(Asked):
    """POST create_sampling_session: sample from the weights at `model_path`, or without one from `base_model`.

    Requests with equal (session_id, sampling_session_seq_id) are repeats.
    """

    type: str | None = None
    session_id: str
    sampling_session_seq_id: int
    base_model: str | None = None
    model_path: str | None = None


class CreateSamplingSessionResponse(Wire):
    """The answer to create_sampling_session, at once."""

    sampling_session_id: str
    type: Literal["create_sampling_session"] = "create_sampling_session"


class JoinSamplingSessionRequest(Asked):
    """POST join_sampling_session of newer SDKs: a further client, as of another process, samples in the session."""

    type: str | None = None
    sampling_session_id: str


class JoinSamplingSessionResponse(Wire):
    """The answer to join_sampling_session: the number of this client, the first one's being 0."""

    client_counter: int
    type: Literal["join_sampling_session"] = "join_sampling_session"


class SamplingParams(Asked):
    """How tokens are drawn: `temperature` 0 takes the most probable one; a `top_k` of -1 has no limit.

    `stop` holds texts or tokens that end a sequence and are its last tokens. Without a `seed` the request's number
    decides.
    """

    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: str | list[str] | list[int] | None = None
    temperature: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    top_k: int = Field(default=-1, ge=-1)
    top_p: float = Field(default=1.0, gt=0, le=1)


class SampleRequest(Asked):
    """POST asample: `num_samples` sequences after one prompt; requests with equal (session, seq_id) are repeats.

    With `prompt_logprobs` the answer has the logprob of each token of the prompt, or of its last
    `prompt_logprobs_last_n`. The logprobs are the model's own: of temperature 1, and before `top_k` and `top_p`.
    """

    type: str | None = None
    sampling_session_id: str
    seq_id: int
    prompt: ModelInput
    sampling_params: SamplingParams
    num_samples: int = Field(default=1, ge=1, le=1024)
    prompt_logprobs: bool | None = None
    prompt_logprobs_last_n: int | None = Field(default=None, ge=1)
    topk_prompt_logprobs: int = Field(default=0, ge=0)
    topk_sample_logprobs: int = Field(default=0, ge=0)
    prompt_alt_tokens_k: int = 0


class SampledSequence(Wire):
    """One sequence: its tokens, their logprobs, and for each the most probable tokens if they were asked for."""

    stop_reason: Literal["stop", "length"]
    tokens: list[int]
    logprobs: list[float]
    topk_logprobs: list[Top] | None = None


class SampleOutput(Wire):
    """The result of asample; entries of tokens of the prompt that were not scored are null."""

    sequences: list[SampledSequence]
    prompt_logprobs: list[float | None] | None = None
    topk_prompt_logprobs: list[Top | None] | None = None
    type: Literal["sample"] = "sample"


class GetSamplerResponse(Wire):
    """The answer to GET samplers/ID."""

    sampler_id: str
    base_model: str
    model_path: str | None = None
