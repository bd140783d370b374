"""Paths and legs: the gateway and the client are two deployables, and must mean the same by a leg."""

from __future__ import annotations

import pytest

from client.legs import LEG_OF_ROUTE
from gateway_sim.legs import leg_of


@pytest.mark.parametrize("route", LEG_OF_ROUTE)
def test_the_gateway_and_the_client_agree(route):
    """For every route that the client sends through the gateway."""
    assert leg_of(f"api/v1/{route}") == LEG_OF_ROUTE[route]


@pytest.mark.parametrize(
    "path", ["", "api/v1/", "api/v1/nothing", "api/v2/optim_step", "optim_step", "api/v1/healthz/x"]
)
def test_what_no_sdk_asks_for_is_other(path):
    """It is forwarded all the same, but no policy treats it as training."""
    assert leg_of(path) == "other"
