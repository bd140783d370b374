"""The model registry: versions, the production tag, and what is deployed, as items of one DynamoDB table.

The table is keyed by the string `name`. What may be done is decided in `promotion`; here the same conditions travel
with the writes, for between a decision and a write somebody else may write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from control_plane.events import DeployRefused, TagMoved, TagMoveRefused, VersionDeployed, VersionRegistered
from control_plane.models.promotion import Tag, Version, known


class TagWasMoved(Exception):
    """Somebody else moved the tag since it was read; nothing was written."""


class DeployFenced(Exception):
    """A later promotion is deployed already; nothing was written."""


class Registry:
    """The versions, the tag and the deployment of one model."""

    def __init__(self, client: Any, table: str, model: str, *, emit: Callable[[object], None]) -> None:
        self.model = model
        self._client = client
        self._table = table
        self._emit = emit

    def register(self, version: Version) -> None:
        """Add a version; one that is there already stays as it is."""
        item = {"digest": {"S": version.digest}, "score": {"N": repr(version.score)}}
        if self._put(f"version/{version.version}", item, condition="attribute_not_exists(#n)"):
            self._emit(VersionRegistered(self.model, version.version, version.digest, version.score))

    def tag(self) -> Tag | None:
        """Return the production tag by a strong read; None when it has never been set."""
        item = self._get("tag")
        return item and Tag(int(item["version"]["N"]), float(item["score"]["N"]), int(item["token"]["N"]))

    def deployed(self) -> int | None:
        """Return the version that serves, by a strong read."""
        item = self._get("deployed")
        return item and int(item["version"]["N"])

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Let the tag name this version and return it; `read` is the tag that the decision was taken on.

        Where `locked`, it moves only from there, else from wherever it is. Raises `UnknownVersion` and `TagWasMoved`.
        """
        item = self._get(f"version/{version}")
        if item is None:
            known(self.model, version, self._registered())
            raise AssertionError("a version cannot leave the registry")
        standing = read if locked else self.tag()
        tag = Tag(version, float(item["score"]["N"]), standing.token + 1 if standing else 1)
        written = {"version": {"N": str(version)}, "score": item["score"], "token": {"N": str(tag.token)}}
        condition, values = "", {}
        if locked:
            condition = "#t = :read" if read else "attribute_not_exists(#n)"
            values = {":read": {"N": str(read.token)}} if read else {}
        if not self._put("tag", written, condition=condition, values=values):
            self._emit(TagMoveRefused(self.model, version, read.token if read else 0))
            raise TagWasMoved(f"the tag of {self.model} was moved; version {version} was not promoted")
        self._emit(TagMoved(self.model, version, tag.token))
        return tag

    def deploy(self, tag: Tag, *, fenced: bool = True) -> None:
        """Let what the tag names serve. Where `fenced`, raises `DeployFenced` when a later promotion does already."""
        item = {"version": {"N": str(tag.version)}, "token": {"N": str(tag.token)}}
        condition = "attribute_not_exists(#n) OR #t < :token" if fenced else ""
        values = {":token": item["token"]} if fenced else {}
        if not self._put("deployed", item, condition=condition, values=values):
            newest = int((self._get("deployed") or item)["token"]["N"])
            self._emit(DeployRefused(self.model, tag.version, tag.token, newest))
            raise DeployFenced(f"deploy {tag.token} of {self.model} came after deploy {newest}; it changed nothing")
        self._emit(VersionDeployed(self.model, tag.version, tag.token))

    def _registered(self) -> list[int]:
        found = self._client.scan(TableName=self._table, ConsistentRead=True)["Items"]
        prefix = f"{self.model}/version/"
        return [int(i["name"]["S"].removeprefix(prefix)) for i in found if i["name"]["S"].startswith(prefix)]

    def _get(self, what: str) -> Any:
        key = {"name": {"S": f"{self.model}/{what}"}}
        return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _put(self, what: str, item: dict[str, Any], *, condition: str, values: dict[str, Any] | None = None) -> bool:
        asked: dict[str, Any] = {"TableName": self._table, "Item": {"name": {"S": f"{self.model}/{what}"}, **item}}
        if condition:
            names = {"#n": "name", "#t": "token"}
            asked["ConditionExpression"] = condition
            asked["ExpressionAttributeNames"] = {k: v for k, v in names.items() if k in condition}
        if values:
            asked["ExpressionAttributeValues"] = values
        try:
            self._client.put_item(**asked)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
