"""Every OpenAPI document of ours under schemathesis: what it allows and what it does not; `FUZZ_N` says how much."""

from itertools import product
from typing import Any

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.test_bytes import SEED, N, process

pytestmark = pytest.mark.fuzz
EACH = max(N // 1000, 5)
"""Requests of each operation."""
TURNS = 3
STARTS_SOMETHING = {
    ("POST", "/v1/accounts/{account}/rlorTrainerJobs"), ("POST", "/duels"), ("GET", "/races/{name}/table"),
    ("GET", "/proposal/text"), ("GET", "/duels/{number}/events"),
}  # fmt: skip
"""Operations that start pods or runs when they are asked well; the byte-level fuzzer asks them badly."""
Known = dict[str, tuple[Any, ...]]
"""By name of a parameter, values that the server knows: drawn words end at the first of its checks."""
JOBS = ("job-1", "job-2", "trainer-1")
OF_A_PLANE: Known = {
    "account": ("acme",), "job": JOBS, "rlorTrainerJobId": JOBS, "owner": ("gateway-sim",), "version": ("1",),
    "shape": ("bytes-32", "bytes-1024"), "pageSize": (1, 10**30), "pageToken": ("0", "299", "999999999"),
    "trainingShape": ("accounts/gateway-sim/trainingShapes/bytes-32", "accounts//trainingShapes//versions/"),
}  # fmt: skip


def filled(case: Any, known: Known) -> Any:
    """Return the strategy of the case with some of its parameters known, mostly those of its path."""
    places = [case.path_parameters or {}, case.query if isinstance(case.query, dict) else {}]
    mine = [(place, name) for place in places for name in place if name in known]
    drawn = st.tuples(*(st.sampled_from([*known[name] * 4, place[name]]) for place, name in mine))

    def put(values: tuple[Any, ...]) -> Any:
        for (place, name), value in zip(mine, values, strict=True):
            place[name] = value
        return case

    return drawn.map(put)


def fuzzed(
    url: str,
    headers: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    known: Known | None = None,
    left_out: set[tuple[str, str]] = STARTS_SOMETHING,
) -> dict[int, int]:
    """Ask every operation of a document; no answer may be from 500 on, and each refusal is problem+json.

    Returns how often each status was answered.
    """
    # imported here: each worker of the fast tests reads this file, and runs none of its tests
    schemathesis = pytest.importorskip("schemathesis", reason="pip install 'gateway-sim[fuzz]'")
    document = httpx.get(f"{url}/openapi.json").json()
    schema: Any = schemathesis.openapi.from_dict(document)
    statuses: dict[int, int] = {}
    with requests.Session() as session:
        # in turn, so that a request finds what the others have left
        for turn, found in product(range(TURNS), list(schema.get_all_operations())):
            operation = found.ok()
            if (operation.method.upper(), operation.path) in left_out:
                continue
            both = st.one_of(
                operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE),
                operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
            ).flatmap(lambda case: filled(case, known or {}))

            @seed(int(SEED) * TURNS + turn)
            @settings(
                max_examples=max(EACH // TURNS, 3),
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            @given(case=both)
            def ask(case: Any) -> None:
                sent = case.as_transport_kwargs(base_url=url)
                sent["headers"] = {**(sent.get("headers") or {}), **headers}
                try:
                    answer = session.request(**sent, timeout=30.0)
                except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
                    return
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
                asked = f"{answer.request.method} {answer.request.url} {answer.request.body!r}"
                assert answer.status_code < 500, f"{asked}: {answer.text[:300]}"
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json", answer.text[:300]

            ask()
    with capsys.disabled():
        told = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
        print(f"\n{document['info']['title']}: {sum(statuses.values()):,} requests: {told}", flush=True)
    assert sum(statuses.values()) >= EACH
    return statuses


def test_the_control_plane_is_asked_about_jobs_that_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs are created, paused, resumed, deleted and listed by drawn requests; it goes on creating them."""
    with process("tests.fuzz.control_plane") as (_, said):
        key = {"x-api-key": said["api_key"]}
        statuses = fuzzed(said["platform"], key, capsys, OF_A_PLANE, set())
        assert statuses[200] > sum(statuses.values()) / 4
        assert {400, 403, 404} <= set(statuses)
        url = f"{said['platform']}/v1/accounts/acme/rlorTrainerJobs"
        made = httpx.post(url, params={"rlorTrainerJobId": "at-the-end"}, headers=key)
        assert made.json()["state"] == "JOB_STATE_PENDING"


def test_the_documents_of_a_served_world(capsys: pytest.CaptureFixture[str]) -> None:
    """The control plane with its key, the gateway's pages, the admin interface."""
    free = ("--port", "0", "--gateway-port", "0", "--admin-port", "0")
    with process("gateway_sim", "serve", *free, "--json") as (_, said):
        fuzzed(said["platform"], {"x-api-key": said["api_key"]}, capsys, {"account": ("acme",)})
        fuzzed(said["gateway"], {}, capsys, {"name": ("gw-0", "gw-2")})
        fuzzed(said["admin"], {}, capsys, {"name": ("gw-1", "stale-route", "pod-freeze", "gateway-overload")})


def test_the_document_of_the_dynamodb_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    """Its admin pages."""
    with process("gateway_sim", "dynamodb", "--port", "0", "--json") as (_, said):
        fuzzed(said["endpoint"], {}, capsys, {"replica": (0, 1)})


def test_the_document_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """All that starts no run."""
    with process("gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json") as (_, said):
        fuzzed(said["page"], {}, capsys, {"name": ("hold", "fresh-route"), "number": (1,)})
