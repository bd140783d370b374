"""Swagger's page is sent with a policy that names its own script by hash."""

import asyncio
import base64
import hashlib
from typing import Any

import pytest

from gateway_sim.control_plane.jobs.app import api
from gateway_sim.scenarios.engines.live.page_guard import PageGuard
from gateway_sim.trainer_pod.http_limits import HttpLimits


def answered(path: str) -> tuple[dict[bytes, bytes], bytes]:
    """Ask the control plane's pages behind the guard; return the headers and the body."""
    told: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost:1")],
        "root_path": "", "scheme": "http", "server": ("localhost", 1),
    }  # fmt: skip
    asyncio.run(PageGuard(api, HttpLimits())(scope, receive, send))
    assert [message["type"] for message in told] == ["http.response.start", "http.response.body"]
    return dict(told[0]["headers"]), told[1]["body"]


def test_only_the_script_that_stands_in_the_page_is_allowed() -> None:
    """And the files of the same server; neither another inline script nor eval."""
    headers, page = answered("/docs")
    script = page.partition(b"<script>")[2].partition(b"</script>")[0]
    assert b"SwaggerUIBundle" in script
    named = base64.b64encode(hashlib.sha256(script).digest()).decode()
    policy = headers[b"content-security-policy"].decode()
    assert f"script-src 'self' 'sha256-{named}';" in policy
    assert policy.startswith("default-src 'none';")
    assert headers[b"x-frame-options"] == b"DENY"


@pytest.mark.parametrize("path", ["/openapi.json", "/none"])
def test_other_answers_pass_as_they_are(path: str) -> None:
    """Pages of the templates say their policy themselves."""
    assert b"content-security-policy" not in answered(path)[0]
