"""Every OpenAPI document of ours under schemathesis: what it allows and what it does not; `FUZZ_N` says how much."""

from typing import Any

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.test_bytes import SEED, N, process

schemathesis = pytest.importorskip("schemathesis", reason="pip install 'gateway-sim[fuzz]'")
pytestmark = pytest.mark.fuzz
EACH = max(N // 1000, 5)
"""Requests of each operation."""
STARTS_SOMETHING = {
    ("POST", "/v1/accounts/{account}/rlorTrainerJobs"), ("POST", "/duels"), ("GET", "/races/{name}/table"),
    ("GET", "/proposal/text"), ("GET", "/duels/{number}/events"),
}  # fmt: skip
"""Operations that start pods or runs when they are asked well; the byte-level fuzzer asks them badly."""


def fuzzed(url: str, headers: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Ask every operation of a document; no answer may be from 500 on, and each refusal is problem+json."""
    document = httpx.get(f"{url}/openapi.json").json()
    schema: Any = schemathesis.openapi.from_dict(document)
    statuses: dict[int, int] = {}
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation = found.ok()
            if (operation.method.upper(), operation.path) in STARTS_SOMETHING:
                continue
            both = st.one_of(
                operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE),
                operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
            )

            @seed(int(SEED))
            @settings(
                max_examples=EACH,
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


def test_the_documents_of_a_served_world(capsys: pytest.CaptureFixture[str]) -> None:
    """The control plane with its key, the gateway's pages, the admin interface."""
    free = ("--port", "0", "--gateway-port", "0", "--admin-port", "0")
    with process("gateway_sim", "serve", *free, "--json") as (_, said):
        fuzzed(said["platform"], {"x-api-key": said["api_key"]}, capsys)
        fuzzed(said["gateway"], {}, capsys)
        fuzzed(said["admin"], {}, capsys)


def test_the_document_of_the_dynamodb_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    """Its admin pages."""
    with process("gateway_sim", "dynamodb", "--port", "0", "--json") as (_, said):
        fuzzed(said["endpoint"], {}, capsys)


def test_the_document_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """All that starts no run."""
    with process("gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json") as (_, said):
        fuzzed(said["page"], {}, capsys)
