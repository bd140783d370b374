"""A sampler outlives its pod: the next one gets a session on the same checkpoint, and the same request."""

import pytest

from gateway_sim.client.sdk.errors import BadRequestError

UNKNOWN = {"type": "urn:gateway-sim:unknown-sampler", "detail": "this pod never opened it"}
DRAW = {"max_tokens": 1}


def sessions(bench):
    """Return the checkpoint and the pod's generation of each sampling session that was opened."""
    return [
        (one.body["model_path"], one.headers["x-route-generation"])
        for one in bench.trainer.of("create_sampling_session")
    ]


def asked(bench):
    """Return the session, number and generation of each request for sequences."""
    return [
        (one.body["sampling_session_id"], one.body["seq_id"], one.headers["x-route-generation"])
        for one in bench.trainer.of("asample")
    ]


def test_a_refused_request_is_sent_again_as_it_was(bench, train):
    """It changes nothing on the pod; the number stays, so that the tokens are the same without a seed too."""
    bench.trainer.answer("asample", 404, times=2)

    async def story(client):
        sampler = await client.create_sampling_client("tinker://job-1/sampler_weights/one")
        return await sampler.sample([1], DRAW)

    assert train(story).sequences[0].tokens == [7]
    assert asked(bench) == [("session-1:sample:0", 0, "1")] * 3
    assert {one.body["num_samples"] for one in bench.trainer.of("asample")} == {1}


def test_on_the_jobs_next_pod_the_sampler_is_opened_again(bench, train, job):
    """The old pod is gone with its sessions; the checkpoint is not, and the request keeps its number."""

    async def story(client):
        sampler = await client.create_sampling_client("one")
        await sampler.sample([1], DRAW)
        job.incarnation = 2
        bench.trainer.answer("asample", 404, times=1)
        await sampler.sample([1], DRAW)
        await sampler.sample([1], DRAW)

    train(story)
    assert sessions(bench) == [("one", "1"), ("one", "2")]
    first, refused, again, last = asked(bench)
    assert (first[1:], refused[1:], again[1:], last[1:]) == ((0, "1"), (1, "1"), (1, "2"), (2, "2"))


def test_a_pod_that_started_again_is_asked_for_the_session_again(bench, train):
    """Its container lost its memory, while the job's incarnation stayed."""
    bench.trainer.answer("asample", 404, times=1, body=UNKNOWN)

    async def story(client):
        sampler = await client.create_sampling_client("one")
        await sampler.sample([1], DRAW)

    train(story)
    assert sessions(bench) == [("one", "1"), ("one", "1")]


def test_a_checkpoint_that_cannot_be_read_is_the_callers_error(bench, train):
    """To ask again would not change the answer."""
    bench.trainer.answer("create_sampling_session", 400)

    async def story(client):
        await client.create_sampling_client("none")

    with pytest.raises(BadRequestError):
        train(story)
    assert len(sessions(bench)) == 1
