"""The OpenAPI pages of everything that serves, in a browser: no other host is asked, and only their scripts run."""

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
    """It shows its paths, asks no other host for anything, and its policy refuses nothing of it."""
    elsewhere: list[str] = []

    def only_here(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "data:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.route("**/*", only_here)
    page.goto(f"{urls[server]}/docs")
    expect(page.locator(f'.opblock [data-path="{SHOWN[server]}"]').first).to_be_visible()
    page.close()
    assert elsewhere == []
    assert said == []


@pytest.mark.slow
def test_a_request_is_sent_from_the_page_under_its_policy(browser: Browser, urls: dict[str, str]) -> None:
    """The buttons of Swagger's page work; markup that got into it runs nothing."""
    page = browser.new_page()
    page.goto(f"{urls['admin']}/docs")
    shown = page.locator(".opblock", has=page.locator('[data-path="/replicas"]'))
    shown.click()
    shown.get_by_role("button", name="Execute").click()
    expect(shown.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.hacked = 1'}))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.hacked=1>')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    page.close()
