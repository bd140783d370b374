"""The OpenAPI pages of everything that serves, in a browser that reaches nothing but this machine."""

import json
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.scenarios.apps.serving import serving

PROGRAM = [sys.executable, "-m", "gateway_sim"]
PORTS = [word for name in ("--port", "--gateway-port", "--admin-port") for word in (name, "0")]
SHOWN = {
    "platform": "/v1/accounts",
    "gateway": "/admin/replicas/{name}/view",
    "admin": "/faults/{name}",
    "demo": "/duels",
    "dynamodb": "/admin/replicas/{replica}/view",
}
"""By server, a path that its page must show."""


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """Serve a world, the demo and the DynamoDB endpoint; give their base URLs."""
    with (
        serving([*PROGRAM, "serve", "healthy", *PORTS, "--json"]) as world,
        serving([*PROGRAM, "demo", "--port", "0", "--json"]) as page,
        serving([*PROGRAM, "dynamodb", "--port", "0", "--json"]) as endpoint,
    ):
        served = json.loads(world)
        yield {
            **{name: served[name] for name in ("platform", "gateway", "admin")},
            "demo": json.loads(page)["page"].rstrip("/"),
            "dynamodb": json.loads(endpoint)["endpoint"],
        }


@pytest.mark.slow
@pytest.mark.parametrize("server", SHOWN)
def test_the_openapi_page_needs_no_network(browser: Browser, urls: dict[str, str], server: str) -> None:
    """It shows its paths, and asks no other host for anything."""
    elsewhere: list[str] = []

    def only_here(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "data:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    page = browser.new_page()
    page.route("**/*", only_here)
    page.goto(f"{urls[server]}/docs")
    expect(page.locator(f'.opblock [data-path="{SHOWN[server]}"]').first).to_be_visible()
    page.close()
    assert elsewhere == []
