"""Paths and legs: the gateway and the client are two deployables, and must mean the same by a leg."""

import pytest

from gateway_sim.client.sdk.legs import LEG_OF_ROUTE
from gateway_sim.legs import PATHS, leg_of


@pytest.mark.parametrize(
    ("leg", "routes"),
    [
        ("connect", ["client/config", "client/dynamic_config", "create_session", "create_model"]),
        ("dispatch", ["forward", "forward_backward", "optim_step", "get_info", "save_weights", "load_weights"]),
        ("dispatch", ["save_weights_for_sampler", "list_checkpoints", "unload_model"]),
        ("poll", ["retrieve_future"]),
        ("heartbeat", ["session_heartbeat", "telemetry"]),
        ("health", ["healthz"]),
    ],
)
def test_a_route_belongs_to_the_leg_of_the_protocol(leg, routes):
    """docs/architecture.md §4, word by word."""
    assert {leg_of(f"api/v1/{route}") for route in routes} == {leg}


@pytest.mark.parametrize("route", LEG_OF_ROUTE)
def test_the_gateway_and_the_client_agree(route):
    """For every route that the client sends through the gateway."""
    assert leg_of(f"api/v1/{route}") == LEG_OF_ROUTE[route]


def test_the_gateway_knows_no_route_that_the_client_does_not():
    """So that neither table grows alone."""
    assert set(PATHS) == set(LEG_OF_ROUTE)


@pytest.mark.parametrize(
    "path", ["", "api/v1/", "api/v1/nothing", "api/v2/optim_step", "optim_step", "api/v1/healthz/x"]
)
def test_what_no_sdk_asks_for_is_other(path):
    """It is forwarded all the same, but no policy treats it as training."""
    assert leg_of(path) == "other"
