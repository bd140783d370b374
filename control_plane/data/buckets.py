"""Objects in an S3 bucket: conditional writes, and reads of earlier versions.

S3 does both: it refuses a put with `If-None-Match: *` where the key has an object, and a bucket with versioning keeps
each replaced object.
"""

from functools import lru_cache
from typing import Any


class NoSuchObject(LookupError):
    """The bucket has no such object, or not in this version; the message names both."""


class Bucket:
    """One bucket with versioning."""

    def __init__(self, client: Any, name: str) -> None:
        self.name = name
        self._client = client

    def create(self) -> None:
        """Make the bucket."""
        self._client.create_bucket(Bucket=self.name)
        self._client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key: str, body: bytes) -> str:
        """Write an object, replacing any other, and return the VersionId that S3 gave it."""
        return str(self._client.put_object(Bucket=self.name, Key=key, Body=body)["VersionId"])

    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object unless the key has one; return whether it was written. One conditional put."""
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=body, IfNoneMatch="*")
        except self._client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] == "PreconditionFailed":
                return False
            raise
        return True

    def read(self, key: str) -> tuple[bytes, str]:
        """Return the newest version of an object and its ETag, for `replace`. Raises `NoSuchObject`."""
        found = self._found(key, None)
        return bytes(found["Body"].read()), str(found["ETag"])

    def replace(self, key: str, body: bytes, etag: str) -> str | None:
        """Write an object if it still has this ETag; return its new ETag, or None. One conditional put."""
        try:
            return str(self._client.put_object(Bucket=self.name, Key=key, Body=body, IfMatch=etag)["ETag"])
        except self._client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] in ("PreconditionFailed", "NoSuchKey"):
                return None
            raise

    def get(self, key: str, version: str | None = None) -> bytes:
        """Return the newest version of an object, or this version. Raises `NoSuchObject`."""
        return bytes(self._found(key, version)["Body"].read())

    def delete(self, key: str) -> None:
        """Let the key have no object; its versions remain. A key without one stays as it is."""
        self._client.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys with this prefix, in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def _found(self, key: str, version: str | None) -> Any:
        asked = {"Bucket": self.name, "Key": key} | ({"VersionId": version} if version else {})
        try:
            return self._client.get_object(**asked)
        except self._client.exceptions.ClientError as missing:
            if missing.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchVersion"):
                raise
            which = f"{key!r} in version {version}" if version else repr(key)
            raise NoSuchObject(f"bucket {self.name} has no object {which}") from missing


@lru_cache(maxsize=1)
def s3_client() -> Any:
    """Return the process's S3 client, answered by moto while moto is active; made once, because that costs 40 ms."""
    import boto3
    from botocore.config import Config

    config = Config(
        parameter_validation=False,
        s3={"addressing_style": "path"},
        user_agent="gateway-sim",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="gateway-sim",
        aws_secret_access_key="gateway-sim",
        config=config,
    )
