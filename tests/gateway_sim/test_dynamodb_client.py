"""Whose keys the route table's client carries."""

import pytest

from gateway_sim.route_table import dynamodb_client


def keys(client):
    """Return the access key and the region that a client signs with."""
    return client._request_signer._credentials.access_key, client.meta.region_name


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """Give each test clients of its own, and an environment without AWS keys."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    dynamodb_client.cache_clear()
    yield
    dynamodb_client.cache_clear()


def test_an_emulator_gets_placeholders():
    """No AWS keys are needed to try the gateway."""
    assert keys(dynamodb_client("http://127.0.0.1:9")) == ("gateway-sim", "us-east-1")


def test_a_named_endpoint_gets_the_callers_own_keys(monkeypatch):
    """A real table of one's own account can be used."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert keys(dynamodb_client("http://127.0.0.1:9")) == ("AKIAEXAMPLE", "eu-central-1")


def test_a_virtual_world_never_carries_real_keys(monkeypatch):
    """Whatever the environment holds, nothing is signed: were moto not in place, AWS would refuse it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client = dynamodb_client(None)
    assert client._request_signer._credentials is None
    assert client.meta.region_name == "us-east-1"


def test_there_is_one_client_for_an_endpoint():
    """Making one costs more than a race."""
    assert dynamodb_client(None) is dynamodb_client(None)


def test_the_variable_that_names_an_endpoint_for_others_does_not_move_the_table(monkeypatch):
    """A shell may have what `gateway-sim dynamodb` prints; moto, or the named endpoint, keeps the table."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    assert "127.0.0.1" not in dynamodb_client.__wrapped__(None).meta.endpoint_url
    assert dynamodb_client.__wrapped__("http://127.0.0.1:8").meta.endpoint_url == "http://127.0.0.1:8"


def test_keys_without_a_region_are_used_in_the_default_one(monkeypatch):
    """A region of the environment without keys is no choice of an emulator's either."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert keys(dynamodb_client("http://127.0.0.1:9")) == ("gateway-sim", "us-east-1")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert keys(dynamodb_client("http://127.0.0.1:8")) == ("AKIAEXAMPLE", "us-east-1")


def test_a_call_is_tried_twice_and_nothing_is_looked_up_for_it():
    """boto3 would try ten times, and derive an endpoint from the account."""
    config = dynamodb_client("http://127.0.0.1:9").meta.config
    assert config.retries["total_max_attempts"] == 2
    assert config.account_id_endpoint_mode == "disabled"
    assert config.user_agent.startswith("gateway-sim ")
    assert dynamodb_client.cache_info().maxsize <= 8
