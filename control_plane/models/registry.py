"""The model registry: versions, the production tag, and the deployed version, as items of one DynamoDB table.

`promotion` decides what may be done. The writes carry the same conditions, because another writer may act between a
decision and its write.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway_sim.control_plane.events import DeployRefused, TagMoved, TagMoveRefused, VersionDeployed, VersionRegistered
from gateway_sim.control_plane.models.promotion import Deployment, Tag, Version
from gateway_sim.control_plane.named_items import Item, NamedItems


class UnknownVersion(LookupError):
    """This version was never registered; the message names it and the registered ones."""


class TagWasMoved(Exception):
    """Another writer moved the tag since it was read; nothing was written."""


class DeployFenced(Exception):
    """A later promotion is already deployed; nothing was written."""


class Registry:
    """The versions, the tag and the deployment of one model."""

    def __init__(self, client: Any, table: str, model: str, *, emit: Callable[[object], None]) -> None:
        self.model = model
        self._items = NamedItems(client, table)
        self._emit = emit

    def register(self, version: Version) -> None:
        """Add a version; an existing one stays as it is."""
        item = {"digest": {"S": version.digest}, "score": {"N": repr(version.score)}}
        if self._put(f"version/{version.version}", item, "attribute_not_exists(#name)"):
            self._emit(VersionRegistered(self.model, version.version, version.digest, version.score))

    def tag(self) -> Tag | None:
        """Return the production tag by a strong read; None when it has never been set."""
        item = self._get("tag")
        return item and Tag(int(item["version"]["N"]), float(item["score"]["N"]), int(item["token"]["N"]))

    def deployed(self) -> Deployment | None:
        """Return what serves by a strong read; None when nothing was deployed."""
        item = self._get("deployed")
        return item and Deployment(int(item["version"]["N"]), int(item["token"]["N"]))

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag to this version and return it; `read` is the tag that the decision was based on.

        Where `locked`, the tag moves only if it still is `read`. Raises `UnknownVersion` and `TagWasMoved`.
        """
        item = self._get(f"version/{version}")
        if item is None:
            prefix = f"{self.model}/version/"
            have = sorted(int(found["name"]["S"].removeprefix(prefix)) for found in self._items.below(prefix))
            there_are = ", ".join(map(str, have)) or "none"
            raise UnknownVersion(f"there is no version {version} of {self.model}; there are: {there_are}")
        standing = read if locked else self.tag()
        tag = Tag(version, float(item["score"]["N"]), standing.token + 1 if standing else 1)
        written = {"version": {"N": str(version)}, "score": item["score"], "token": {"N": str(tag.token)}}
        condition, values = "", {}
        if locked:
            condition = "#token = :read" if read else "attribute_not_exists(#name)"
            values = {":read": {"N": str(read.token)}} if read else {}
        if not self._put("tag", written, condition, values):
            self._emit(TagMoveRefused(self.model, version, read.token if read else 0))
            raise TagWasMoved(f"the tag of {self.model} was moved; version {version} was not promoted")
        self._emit(TagMoved(self.model, version, tag.token))
        return tag

    def deploy(self, tag: Tag, *, fenced: bool = True) -> None:
        """Deploy the tag's version. Where `fenced`, raises `DeployFenced` after the deploy of a later promotion."""
        item = {"version": {"N": str(tag.version)}, "token": {"N": str(tag.token)}}
        condition = "attribute_not_exists(#name) OR #token < :token" if fenced else ""
        values = {":token": item["token"]} if fenced else {}
        if not self._put("deployed", item, condition, values):
            newest = int((self._get("deployed") or item)["token"]["N"])
            self._emit(DeployRefused(self.model, tag.version, tag.token, newest))
            raise DeployFenced(f"deploy {tag.token} of {self.model} came after deploy {newest}; it changed nothing")
        self._emit(VersionDeployed(self.model, tag.version, tag.token))

    def _get(self, what: str) -> Any:
        return self._items.get(f"{self.model}/{what}")

    def _put(self, what: str, item: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> bool:
        return self._items.put(f"{self.model}/{what}", item, condition, values)
