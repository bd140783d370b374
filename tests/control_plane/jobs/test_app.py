"""The control plane's HTTP face: what the SDK asks, and one clear problem for whatever is wrong with a question."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from gateway_sim.control_plane.events import AnswerDelayed, OutageAnswered, RequestTurnedAway
from gateway_sim.control_plane.jobs.admission import TokenBucket
from gateway_sim.control_plane.jobs.app import ControlPlane
from gateway_sim.control_plane.jobs.saved import Saved
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.seats import Seats

KEYS = {"key-acme": "acme", "key-other": "other"}
JOBS = "/v1/accounts/acme/rlorTrainerJobs"


@asynccontextmanager
async def asking(plane, key="key-acme"):
    """Open an HTTP client of the plane's face that carries a key, None for none."""
    plane.face = ControlPlane(plane.reconciler, keys=KEYS, emit=plane.events.append)
    transport = httpx.ASGITransport(plane.face)
    headers = {"X-Api-Key": key} if key else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://control-plane", headers=headers) as client:
        yield client


def ask(plane, method, path, key="key-acme", **options):
    """Ask one question of a plane on which job-1 runs."""

    async def story():
        await plane.start()
        async with asking(plane, key) as client:
            return await client.request(method, path, **options)

    return plane.tell(story)


def refused_by_key(plane, method, path, key):
    """Ask with a key that must not do it; return the answer once it is clear that job-1 runs on, alone."""

    async def story():
        await plane.start()
        async with asking(plane, key) as client:
            answer = await client.request(method, path)
        assert [(job.name, job.state.name) for job in plane.reconciler.jobs("acme")] == [("job-1", "RUNNING")]
        assert plane.launcher.up == [("job-1", 1)]
        return answer

    return plane.tell(story)


def assert_problem(answer, status, slug, words):
    """Hold an answer to RFC 9457, and to saying what is wrong."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"urn:gateway-sim:{slug}")
    assert problem["title"] == slug.replace("-", " ")
    assert words in problem["detail"]


def test_a_job_lives_its_life_over_http(plane):
    """Create, get, list, pause, resume, delete; a deleted job is still told of."""

    async def story():
        async with asking(plane) as client:
            made = await client.post(JOBS, params={"rlorTrainerJobId": "job-1"}, json={"serviceMode": True})
            assert made.json() == {
                "name": "accounts/acme/rlorTrainerJobs/job-1",
                "state": "JOB_STATE_PENDING",
                "status": {"code": "OK", "message": ""},
                "trainingConfig": {"maxContextLength": 1024},
                "incarnation": 1,
                "uid": "acme/job-1#1",
                "routable": False,
            }
            await plane.settle()
            assert (await client.get(f"{JOBS}/job-1")).json()["state"] == "JOB_STATE_RUNNING"
            assert [job["state"] for job in (await client.get(JOBS)).json()["rlorTrainerJobs"]] == ["JOB_STATE_RUNNING"]
            states = []
            for method, verb in (("POST", ":pause"), ("POST", ":resume"), ("DELETE", ""), ("GET", "")):
                answer = await client.request(method, f"{JOBS}/job-1{verb}")
                states.append((answer.status_code, answer.json()["state"], answer.json()["incarnation"]))
            return states

    assert plane.tell(story) == [
        (200, "JOB_STATE_PAUSED", 1),
        (200, "JOB_STATE_PENDING", 2),
        (200, "JOB_STATE_DELETED", 2),
        (200, "JOB_STATE_DELETED", 2),
    ]


def test_a_key_is_told_its_one_account(plane):
    """The SDK refuses to go on unless there is exactly one (docs/reference/protocol.md §3)."""
    assert ask(plane, "GET", "/v1/accounts?pageSize=2").json() == {"accounts": [{"name": "accounts/acme"}]}


def test_health_needs_no_key(plane):
    """A load balancer has none."""
    assert ask(plane, "GET", "/healthz", key=None).json() == {"status": "ok"}


def test_a_failed_start_is_told_with_its_reason(plane):
    """`wait_for_existing` shows the message to its user."""
    plane.launcher.breaks = RuntimeError("no GPU of this kind is left")
    told = ask(plane, "GET", f"{JOBS}/job-1").json()
    assert told["state"] == "JOB_STATE_FAILED"
    assert told["status"] == {"code": "INTERNAL", "message": "no GPU of this kind is left"}


@pytest.mark.parametrize("key", [None, "", "key-unknown"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/accounts"), ("POST", JOBS), ("DELETE", f"{JOBS}/job-1")])
def test_without_a_known_key_nothing_is_told_or_done(plane, method, path, key):
    """401 on every page but health, before anything else about the question is looked at."""
    slug = "unknown-key" if key else "missing-key"
    assert_problem(refused_by_key(plane, method, path, key), 401, slug, "X-Api-Key")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", JOBS),
        ("GET", f"{JOBS}/job-1"),
        ("GET", f"{JOBS}/job-1/checkpoints"),
        ("POST", f"{JOBS}?rlorTrainerJobId=job-9"),
        ("POST", f"{JOBS}/job-1:pause"),
        ("POST", f"{JOBS}/job-1:resume"),
        ("DELETE", f"{JOBS}/job-1"),
    ],
)
def test_a_key_reaches_no_other_account(plane, method, path):
    """403 names both accounts."""
    answer = refused_by_key(plane, method, path, "key-other")
    assert_problem(answer, 403, "foreign-account", "account other, not to acme")


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("DELETE", ""), ("POST", ":resume"), ("POST", ":pause")])
def test_an_unknown_job_is_a_404_that_names_it(plane, method, verb):
    """In each verb alike."""
    assert_problem(ask(plane, method, f"{JOBS}/job-9{verb}"), 404, "no-such-job", "account acme has no job job-9")


def test_a_job_cannot_be_created_twice(plane):
    """409, on which the SDK gets the one that exists."""
    answer = ask(plane, "POST", JOBS, params={"rlorTrainerJobId": "job-1"})
    assert_problem(answer, 409, "job-exists", "exists and is JOB_STATE_RUNNING")


def test_a_verb_that_the_jobs_state_does_not_allow_is_refused(plane):
    """400, which the SDK does not retry: waiting would not help."""
    answer = ask(plane, "POST", f"{JOBS}/job-1:resume")
    assert_problem(answer, 400, "wrong-state", "job acme/job-1 is JOB_STATE_RUNNING; it cannot resume, and need not: ")


@pytest.mark.parametrize("name", ["", "..", "-rf", "a/b", "a b", "a\n", "jöb", "job:resume", "j" * 64])
def test_a_name_that_a_url_would_bend_is_no_name(plane, name):
    """The name becomes a segment of the pod's URL behind the gateway."""
    answer = ask(plane, "POST", JOBS, params={"rlorTrainerJobId": name})
    assert_problem(answer, 400, "bad-request", f"rlorTrainerJobId is {json.dumps(name)}; it takes 1 to 63 letters")


def test_a_name_may_be_as_long_as_it_may_be(plane):
    """Sixty-three characters, digits first or not."""
    answer = ask(plane, "POST", JOBS, params={"rlorTrainerJobId": "9" + "j._-" * 15 + "jj"})
    assert answer.status_code == 200


def test_a_job_without_a_name_gets_the_first_free_one(plane):
    """Older SDKs name none, and read it from the answer."""

    async def story():
        async with asking(plane) as client:
            made = [await client.post(path) for path in (JOBS, f"{JOBS}?rlorTrainerJobId=trainer-2", JOBS)]
        return [answer.json()["name"].rpartition("/")[2] for answer in made]

    assert plane.tell(story) == ["trainer-1", "trainer-2", "trainer-3"]


SHAPE = "accounts/gateway-sim/trainingShapes/bytes-32"


def test_a_training_shape_is_resolved_and_its_job_is_made(plane):
    """The latest version, that version by its name, and the job that names it."""
    body = {"trainingConfig": {"baseModel": "gateway-sim/bytes-32", "loraRank": 8, "learningRate": 1e-4}}

    async def story():
        async with asking(plane) as client:
            newest = await client.get(f"/v1/{SHAPE}/versions?filter=latest_validated%3Dtrue&pageSize=1")
            (version,) = newest.json()["trainingShapeVersions"]
            assert (await client.get(f"/v1/{version['name']}")).json() == version
            params = {"trainingShape": version["name"], "rlorTrainerJobId": "job-2"}
            return version["name"], (await client.post(JOBS, params=params, json=body)).json()["state"]

    assert plane.tell(story) == (f"{SHAPE}/versions/1", "JOB_STATE_PENDING")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/{}/versions"), ("POST", f"{JOBS}?trainingShape={{}}")])
def test_an_unknown_shape_is_a_404_that_names_those_there_are(plane, method, path):
    """On its own page, and of a job that is to be made by it, which is not made."""
    answer = ask(plane, method, path.format(f"{SHAPE}-or-so"))
    assert_problem(answer, 404, "no-such-shape", f"there is no {SHAPE}-or-so/versions/1; there are {SHAPE}, ")
    assert [job.name for job in plane.reconciler.jobs("acme")] == ["job-1"]


def test_a_shape_of_another_model_is_refused(plane):
    """And no job is made."""
    body = {"trainingConfig": {"baseModel": "gateway-sim/bytes-64"}}
    answer = ask(plane, "POST", f"{JOBS}?trainingShape={SHAPE}", json=body)
    assert_problem(answer, 400, "unfit-shape", "not for gateway-sim/bytes-64")
    assert [job.name for job in plane.reconciler.jobs("acme")] == ["job-1"]


def test_a_jobs_checkpoints_are_listed_also_when_it_is_deleted(plane):
    """By pages; of a job that never was, a 404."""
    saved = [Saved("", f"step-{n}", True, True, datetime(2026, 1, n, tzinfo=UTC)) for n in (1, 2, 3)]

    async def list_saved(account, job):
        return saved if (account, job) == ("acme", "job-1") else []

    async def story():
        await plane.start()
        async with asking(plane) as client:
            plane.face.saved = list_saved
            await client.delete(f"{JOBS}/job-1")
            page = await client.get(f"{JOBS}/job-1/checkpoints?pageSize=2")
            rest = await client.get(f"{JOBS}/job-1/checkpoints?pageSize=2&pageToken={page.json()['nextPageToken']}")
            unknown = await client.get(f"{JOBS}/job-9/checkpoints")
            unfit = await client.get(f"{JOBS}/job-1/checkpoints?pageToken=x")
        return page.json(), rest.json(), unknown, unfit

    page, rest, unknown, unfit = plane.tell(story)
    names = [row["name"].rpartition("/")[2] for row in page["checkpoints"] + rest["checkpoints"]]
    assert (names, rest["nextPageToken"]) == (["step-1", "step-2", "step-3"], "")
    assert_problem(unknown, 404, "no-such-job", "account acme has no job job-9")
    assert_problem(unfit, 400, "bad-request", "pageToken is ")


def test_a_page_of_checkpoints_has_200_rows_unless_it_is_asked_for_fewer(plane):
    """At least one."""
    saved = [Saved("", f"step-{n}", True, True, datetime(2026, 1, 1, tzinfo=UTC)) for n in range(201)]

    async def list_saved(account, job):
        return saved

    async def story():
        await plane.start()
        async with asking(plane) as client:
            plane.face.saved = list_saved
            pages = [await client.get(f"{JOBS}/job-1/checkpoints{query}") for query in ("", "?pageSize=1")]
            return pages, await client.get(f"{JOBS}/job-1/checkpoints?pageSize=0")

    pages, none = plane.tell(story)
    assert [len(page.json()["checkpoints"]) for page in pages] == [200, 1]
    assert [page.json()["nextPageToken"] for page in pages] == ["200", "1"]
    assert_problem(none, 400, "bad-request", 'pageSize is "0"; it takes a whole number above 0')


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"{", "application/json", "the body is no JSON: "),
        (b'{"trainingConfig": {"baseModel": 3}}', "application/json", "baseModel is 3; it takes the name of a model"),
        (b'{"trainingConfig": 3}', "application/json", "trainingConfig is 3; it takes an object"),
        (b"\xff", "application/octet-stream", "body is "),
    ],
)
def test_a_body_that_is_no_new_job_is_refused_in_a_sentence(plane, body, kind, words):
    """What was sent, and what is accepted; no job is made."""
    answer = ask(plane, "POST", JOBS, content=body, headers={"content-type": kind})
    assert_problem(answer, 400, "bad-request", words)
    assert [job.name for job in plane.reconciler.jobs("acme")] == ["job-1"]


def test_a_slow_control_plane_answers_after_its_delay_and_says_so(plane):
    """An outage too; without a delay it answers at once."""

    async def story():
        await plane.start()
        times, loop = [], asyncio.get_running_loop()
        async with asking(plane) as client:
            for slow_s in (0.0, 0.5, 2.0):
                plane.face.slow_s = plane.face.slow_s + slow_s
                asked_s = loop.time()
                await client.get("/healthz")
                times.append(loop.time() - asked_s)
        return times

    assert plane.tell(story) == [0.0, 0.5, 2.5]
    assert plane.heard(AnswerDelayed) == [AnswerDelayed("GET", "/healthz", 0.5), AnswerDelayed("GET", "/healthz", 2.5)]


def test_the_pages_of_the_api_load_nothing_from_another_host(plane):
    """A laboratory has no network; there is one such page, and it is at /docs alone."""

    async def story():
        async with asking(plane, None) as client:
            pages = [await client.get(path) for path in ("/docs", "/redoc", "/", "/docs/oauth2-redirect")]
            return pages, (await client.get("/openapi.json")).json()["info"]["title"]

    pages, title = plane.tell(story)
    assert [page.status_code for page in pages] == [200, 404, 404, 404]
    assert "//cdn" not in pages[0].text
    assert title == "gateway-sim control plane"


def test_a_control_plane_whose_pods_keep_nothing_lists_nothing(plane):
    """As that of a world without checkpoints."""
    empty = {"checkpoints": [], "nextPageToken": "", "totalSize": 0}
    assert ask(plane, "GET", f"{JOBS}/job-1/checkpoints").json() == empty


@pytest.mark.parametrize(
    ("method", "path", "would_do"),
    [
        ("GET", "/v1/accounts/acme/deployments/d", "sample from the trainer"),
        ("POST", f"{JOBS}/job-1/checkpoints/one:promote", "load the checkpoint by its name"),
        ("POST", "/inference/v1/completions", "sample from the trainer"),
    ],
)
def test_what_the_control_plane_has_not_is_refused_in_a_sentence(plane, method, path, would_do):
    """With a 400: the SDK takes a 404 for a deployment that it may create."""
    answer = ask(plane, method, path)
    assert_problem(answer, 400, "not-served", f"{method} {path} is not served: ")
    assert would_do in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [("GET", "/v2/nothing", 404, "no-such-page"), ("PATCH", JOBS, 405, "wrong-method")],
)
def test_a_page_that_is_not_there_is_a_problem_too(plane, method, path, status, slug):
    """A client that reads problems has to read nothing else."""
    assert_problem(ask(plane, method, path), status, slug, f"{method} {path}")


def test_what_is_too_much_at_once_is_a_429_and_told(plane):
    """Two are let in of three; a second later there is room again."""

    async def story():
        await plane.start()
        async with asking(plane) as client:
            plane.face.admission = TokenBucket(burst=2.0, per_s=2.0)
            answers = [await client.get("/healthz") for _ in range(3)]
            await asyncio.sleep(1.0)
            return answers, await client.get("/healthz")

    answers, later = plane.tell(story)
    assert [answer.status_code for answer in (*answers, later)] == [200, 200, 429, 200]
    assert_problem(answers[2], 429, "too-many-requests", "ask again later")
    assert plane.heard(RequestTurnedAway) == [RequestTurnedAway("GET", "/healthz")]


def test_in_an_outage_everything_is_a_503_and_jobs_run_on(plane):
    """Known key or not, health too; and when it is over, the plane knows what it knew."""

    async def story():
        await plane.start()
        async with asking(plane) as client:
            plane.face.outages += 1
            answers = [await client.get(path) for path in ("/healthz", "/v1/accounts", f"{JOBS}/job-1")]
            answers.append(await client.delete(f"{JOBS}/job-1", headers={"X-Api-Key": "key-unknown"}))
            plane.face.outages -= 1
            return answers, (await client.get(f"{JOBS}/job-1")).json()["state"]

    answers, state = plane.tell(story)
    for answer in answers:
        assert_problem(answer, 503, "control-plane-outage", "ask again later")
    assert state == "JOB_STATE_RUNNING"
    assert plane.heard(OutageAnswered)[-1] == OutageAnswered("DELETE", f"{JOBS}/job-1")


def test_a_job_over_quota_is_told_so_over_http(plane):
    """One more than the account may have is PENDING and says why; where the quota is nothing, 403."""
    plane.seats = Seats(2, [Quota("acme", 1), Quota("other", 0)], emit=plane.events.append)

    async def story():
        await plane.start()
        async with asking(plane) as client:
            await client.post(JOBS, params={"rlorTrainerJobId": "job-2"})
            await plane.settle()
            waiting = (await client.get(f"{JOBS}/job-2")).json()
        async with asking(plane, "key-other") as client:
            path = "/v1/accounts/other/rlorTrainerJobs"
            return waiting, await client.post(path, params={"rlorTrainerJobId": "job-1"})

    waiting, refused = plane.tell(story)
    assert waiting["state"] == "JOB_STATE_PENDING"
    assert waiting["status"] == {
        "code": "RESOURCE_EXHAUSTED",
        "message": "waits for a GPU: the quota of account acme is 1",
    }
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "job other/job-1 wants 1 GPU; the quota of account other has none"
