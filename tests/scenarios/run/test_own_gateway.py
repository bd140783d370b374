"""The words that name a user's own gateway: what fits is a spec, the rest is refused before anything starts."""

from dataclasses import fields, replace
from typing import Any

import pytest

from gateway_sim.scenarios.run.own_gateway import HEEDED_BY_OURS
from gateway_sim.scenarios.run.plans import race_plan, resolve
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.settings import Settings

URL = "http://127.0.0.1:9000"
COMMAND: dict[str, Any] = {"command": "true"}


def spec_of(race: str = "fresh-route", engine: str = "live", gateway: str = "not-found", **program: Any) -> RunSpec:
    """Return the run of a race behind a gateway."""
    return RunSpec(race, gateway=gateway, engine=engine, own_gateway=GatewayProgram(**program))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({**COMMAND, "engine": "virtual"}, "runs on real sockets: leave --engine out"),
        ({**COMMAND, "gateway": "leased-generation"}, "--gateway leased-generation names this project's gateway"),
        ({**COMMAND, "urls": (URL,)}, "name your gateway once"),
        ({}, "name your gateway once"),
        ({"command": "nonesuch --port 1"}, "there is no program nonesuch"),
        ({"command": "node 'gateway.mjs"}, "No closing quotation"),
        ({"command": "  "}, "--gateway-command is empty"),
        ({**COMMAND, "ready": "healthz"}, "write a path, such as /healthz"),
        ({"urls": (URL, URL)}, f"--gateway-url {URL} is named twice"),
        ({"urls": (URL, f"{URL}/")}, f"--gateway-url {URL} is named twice"),
        ({"urls": (URL,), "replicas": 2}, "--gateway-replicas is 2, and there are 1 addresses"),
        *(
            ({"urls": (url,)}, "write an address without a path")
            for url in ("https://x", "ftp://x", "x:9", f"{URL}/x", f"{URL}?a", "http://", "http://x:99999", "http://[::1")
        ),
    ],
)  # fmt: skip
def test_words_that_name_no_gateway_are_refused(words: dict[str, Any], sentence: str) -> None:
    """In one sentence."""
    with pytest.raises(SettingsRefused) as refused:
        race_plan(spec_of(**words))
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", HEEDED_BY_OURS)
def test_a_setting_of_our_gateway_is_refused(name: str) -> None:
    """It would change nothing, and a user would not know."""
    default = next(str(one.default) for one in fields(Settings) if one.name == name)
    with pytest.raises(SettingsRefused, match=f"--set {name} is heeded by this project's gateway only"):
        race_plan(replace(spec_of(**COMMAND), settings={name: default}))


def test_a_story_of_orchestration_has_no_gateway() -> None:
    """It says so."""
    with pytest.raises(SettingsRefused, match="has no gateway in it, so --gateway-command means nothing"):
        resolve(spec_of("audit-replay", **COMMAND))


@pytest.mark.parametrize(("number", "stale"), [(1, 1), (2, 1), (3, 2), (5, 2)])
def test_each_instance_is_a_replica_and_one_is_fresh(number: int, stale: int) -> None:
    """As many lag as in the race; a single instance lags."""
    settings = race_plan(spec_of(**COMMAND, replicas=number)).settings
    assert (settings.replicas, settings.stale) == (number, stale)


def test_there_are_as_many_instances_as_replicas_or_addresses() -> None:
    """Where no number was named."""
    assert race_plan(spec_of(**COMMAND)).settings.replicas == 3
    assert race_plan(spec_of(urls=(URL, "http://127.0.0.1:9001"))).settings.replicas == 2
