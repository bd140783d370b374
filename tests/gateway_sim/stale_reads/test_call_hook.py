"""A hook answers the calls of a client in its place."""

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from gateway_sim.stale_reads import StaleReadRefused
from gateway_sim.stale_reads.call_hook import CallHook


@pytest.fixture
def reader(session):
    """Return a client whose endpoint is nowhere: what it sends fails."""
    return session.client("dynamodb", endpoint_url="http://127.0.0.1:9")


@pytest.fixture
def calls():
    """Return the list of calls that a hook has answered."""
    return []


@pytest.fixture
def hook(calls):
    """Return a hook that answers with an empty response."""

    def answer(model, asked, connection):
        calls.append((model.name, asked, connection))
        return {}

    return CallHook(answer)


def test_a_client_sends_nothing_and_gets_the_answer(reader, hook, calls):
    """Its own parameters reach the hook, once botocore has found no fault with them."""
    hook.register(reader.meta.events)
    assert reader.get_item(TableName="routes", Key={"id": {"S": "x"}}) == {}
    assert [call[:2] for call in calls] == [("GetItem", {"TableName": "routes", "Key": {"id": {"S": "x"}}})]
    with pytest.raises(ParamValidationError, match="Missing required parameter"):
        reader.get_item(TableName="routes")
    assert len(calls) == 1


def test_a_resource_asks_and_is_answered_in_pythons_values(session, hook, calls):
    """The hook has DynamoDB's own on both sides."""
    resource = session.resource("dynamodb")
    hook.register(resource.meta.client.meta.events)
    resource.Table("routes").put_item(Item={"id": "x", "generation": 1})
    assert calls[0][1] == {"TableName": "routes", "Item": {"id": {"S": "x"}, "generation": {"N": "1"}}}


def test_a_refusal_is_raised_by_the_client_as_its_own(reader):
    """The class is that of the client's exceptions, the operation the caller's."""

    def refuse(model, asked, connection):
        error = {"Error": {"Code": "ResourceNotFoundException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(error, "DescribeTable")

    CallHook(refuse).register(reader.meta.events)
    with pytest.raises(reader.exceptions.ResourceNotFoundException, match="when calling the Scan operation"):
        reader.scan(TableName="routes")


def test_each_client_is_a_connection(hook, calls):
    """Two that share a hook are two; each keeps its own."""
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    hook.register(session.events)
    first, second = session.client("dynamodb"), session.client("dynamodb")
    for reader in (first, second, first):
        reader.list_tables()
    connections = [connection for _, _, connection in calls]
    assert connections[0] == connections[2] != connections[1]


def test_the_last_hook_answers_until_it_is_taken_away(reader, hook, calls):
    """So a test may wrap a client that its fixture has wrapped."""
    others = []
    last = CallHook(lambda model, asked, connection: others.append(model.name) or {})
    hook.register(reader.meta.events)
    last.register(reader.meta.events)
    reader.list_tables()
    last.unregister(reader.meta.events)
    reader.list_tables()
    assert (len(calls), len(others)) == (1, 1)


def test_a_request_that_bypasses_the_calls_is_refused(reader, hook, calls):
    """PynamoDB before 6.0 builds its requests itself; a fresh answer would let a test pass falsely."""
    hook.register(reader.meta.events)
    model = reader.meta.service_model.operation_model("Scan")
    request = reader._convert_to_request_dict(
        {"TableName": "routes"}, model, endpoint_url=reader.meta.endpoint_url, context={"client_region": "us-east-1"}
    )
    with pytest.raises(StaleReadRefused, match=r"Scan was sent without .* PynamoDB does so from 6\.0 on"):
        reader._endpoint.make_request(model, request)
    assert calls == []
