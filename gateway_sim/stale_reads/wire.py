"""DynamoDB's JSON protocol: bodies to the parameters of a boto3 client, answers and errors back to bodies. Pure.

botocore's description of the service names the fields that are binary (base64 in JSON) and those that are times.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway_sim.json_depth import is_deeper

TARGET = re.compile(r"DynamoDB_\d+\.(\w+)")
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
PINNED = re.compile(r"REPLICA(\d{1,9})$")
"""The end of an access key id that names the replica for its reads, from 0; every SDK accepts letters and digits."""

DEEPEST = 100
"""DynamoDB nests attributes 32 levels deep, each two levels of JSON, in a request of a few more."""

SERVICE = "com.amazonaws.dynamodb.v20120810"
CODES = {
    "SerializationException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "UnrecognizedClientException": "com.amazon.coral.service",
    "ValidationException": "com.amazon.coral.validate",
}
"""The namespaces of errors that are not DynamoDB's own."""


class WireError(Exception):
    """A request that is refused with an error of AWS: its status, its code, and a sentence."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def document(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"__type": f"{CODES.get(self.code, SERVICE)}#{self.code}", "message": str(self)}


def key_id_of(authorization: str) -> str:
    """Return the access key id of an `Authorization` header; empty without one. The signature is not checked."""
    found = CREDENTIAL.search(authorization)
    return found[1] if found else ""


def replica_of(key_id: str, replicas: int) -> int | None:
    """Return the replica that an access key id names: `LABREPLICA2` names 2; None if it names none.

    Raises `WireError` for a replica that is not there.
    """
    found = PINNED.search(key_id)
    if found is None:
        return None
    if int(found[1]) >= replicas:
        raise WireError(
            "UnrecognizedClientException",
            f"the access key id {key_id} names replica {int(found[1])}; they are numbered 0 to {replicas - 1}",
        )
    return int(found[1])


def model_of(service: Any, target: str) -> Any:
    """Return botocore's model of the operation that an `X-Amz-Target` header names. Raises `WireError`."""
    found = TARGET.fullmatch(target)
    if found is None or found[1] not in service.operation_names:
        raise WireError("UnknownOperationException", f"X-Amz-Target is {target!r}, which names no DynamoDB operation")
    return service.operation_model(found[1])


def asked_of(model: Any, body: bytes) -> dict[str, Any]:
    """Return the parameters that a body gives to an operation. Raises `WireError` if botocore would not send them."""
    from botocore.validate import ParamValidator

    if is_deeper(body, DEEPEST):
        raise WireError("ValidationException", f"{model.name}: nesting levels have exceeded supported limits")
    try:
        read = json.loads(body or b"{}")
    except ValueError as error:
        raise WireError("SerializationException", f"{model.name}: the body is no JSON: {error}") from None
    if not isinstance(read, dict):
        raise WireError("SerializationException", f"{model.name}: the body is no JSON object")
    asked: dict[str, Any] = _changed(model.input_shape, read, _read) if model.input_shape is not None else {}
    report = ParamValidator().validate(asked, model.input_shape) if model.input_shape is not None else None
    if report is not None and report.has_errors():
        raise WireError("ValidationException", f"{model.name}: {report.generate_report().splitlines()[0]}")
    return asked


def body_of(model: Any, answer: Mapping[str, Any]) -> bytes:
    """Return the body of an operation's answer."""
    if model.output_shape is None:
        return b"{}"
    return json.dumps(_changed(model.output_shape, _declared(model.output_shape, answer), _written)).encode()


def error_document(service: Any, response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of an error, from the `response` of botocore's `ClientError`, with the error's own fields."""
    code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    shape = service.shape_for_error_code(code)
    if shape is None:
        return WireError(code, message).document()
    own = _changed(shape, _declared(shape, response), _written)
    return {"__type": f"{SERVICE}#{code}", "Message" if "Message" in shape.members else "message": message, **own}


def _declared(shape: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an answer that its shape declares, without the notes of botocore and empty ones."""
    return {name: value for name, value in answer.items() if name in shape.members and value is not None}


def _changed(shape: Any, value: Any, change: Callable[[Any, Any], Any]) -> Any:
    """Return a value with its leaves changed; what does not fit its shape stays, for botocore to refuse by name."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        known = shape.members
        return {k: _changed(known[k], v, change) if k in known else v for k, v in value.items() if v is not None}
    if kind == "map" and isinstance(value, Mapping):
        return {k: _changed(shape.value, v, change) for k, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_changed(shape.member, each, change) for each in value]
    return change(shape, value)


def _read(shape: Any, value: Any) -> Any:
    if shape.type_name != "blob" or not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise WireError("SerializationException", f"a binary value is no base64: {value[:40]!r}") from None


def _written(shape: Any, value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime.datetime) else value
