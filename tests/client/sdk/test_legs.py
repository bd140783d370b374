"""Every route of the protocol belongs to one leg."""

import pytest

from gateway_sim.client.sdk.legs import LEG_OF_ROUTE, leg_of


@pytest.mark.parametrize(
    ("path", "leg"),
    [
        ("create_session", "connect"),
        ("/api/v1/create_model", "connect"),
        ("api/v1/client/dynamic_config", "connect"),
        ("/api/v1/forward_backward", "dispatch"),
        ("get_info", "dispatch"),
        ("retrieve_future", "poll"),
        ("session_heartbeat", "heartbeat"),
        ("/api/v1/healthz", "health"),
        ("samplers/1", "other"),
        ("", "other"),
    ],
)
def test_a_path_is_known_with_and_without_its_prefix(path, leg):
    """What the protocol does not know is "other"."""
    assert leg_of(path) == leg


def test_the_table_holds_bare_routes():
    """So that both spellings of a path meet in one key."""
    assert all(not route.startswith(("/", "api/")) for route in LEG_OF_ROUTE)
