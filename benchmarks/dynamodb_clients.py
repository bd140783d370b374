"""Many clients of a DynamoDB endpoint at once, without an SDK: each writes an item and reads it, in turn."""

import asyncio
import itertools
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any, Final

import aiohttp

TABLE: Final = "loaded"
CLIENTS: Final = 50
ITEMS: Final = 10
"""The items of each client."""


@dataclass(frozen=True)
class Driven:
    """The number of answers and the seconds that they took; `errors` has each other answer."""

    answers: int
    took_s: float
    errors: list[str]


async def drive(
    url: str, key_id: str, *, for_s: float = math.inf, turns: float = math.inf, items: int = ITEMS
) -> Driven:
    """Load an endpoint by 50 clients for some seconds or turns; make the table if it is not there.

    Raises `aiohttp.ClientError` where an endpoint gives no answer.
    """
    answers, errors = 0, list[str]()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CLIENTS)) as session:

        async def call(operation: str, body: dict[str, Any]) -> str | None:
            """Return the body of an answer that is an error."""
            async with session.post(url, json={"TableName": TABLE, **body}, headers=_headers(operation, key_id)) as got:
                told = await got.text()
                return told if got.status != 200 else None

        async def client(number: int) -> None:
            nonlocal answers
            for turn in itertools.count():
                if turn >= turns or time.perf_counter() >= until:
                    return
                key = {"id": {"S": f"{number}/{turn % items}"}}
                item = {**key, "turn": {"N": str(turn)}, "text": {"S": "x" * 200}}
                for operation, body in (("PutItem", {"Item": item}), ("GetItem", {"Key": key})):
                    wrong = await call(operation, body)
                    errors.extend([wrong] if wrong else [])
                    answers += 1

        made = await call("CreateTable", {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        })  # fmt: skip
        errors.extend([made] if made and "ResourceInUseException" not in made else [])
        began = time.perf_counter()
        until = began + for_s
        await asyncio.gather(*map(client, range(CLIENTS)))
        return Driven(answers, time.perf_counter() - began, errors)


def _headers(operation: str, key_id: str) -> dict[str, str]:
    """Return the headers that an SDK sends; no endpoint here checks the signature."""
    return {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(drive(sys.argv[1], sys.argv[2], for_s=float(sys.argv[3]))))))
