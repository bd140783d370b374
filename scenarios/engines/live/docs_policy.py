"""The Content-Security-Policy of Swagger's page at /docs: of scripts, only this server's files and the page's own."""

import base64
import hashlib
import re
from typing import Any, Final

PATH: Final = "/docs"
_SCRIPT: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def with_policy(send: Any) -> Any:
    """Return a `send` that holds back an answer's head until its body, whose scripts the policy allows by hash."""
    head: dict[str, Any] = {}

    async def told(message: Any) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
            return
        if head:
            named = (b"content-security-policy", _policy(message.get("body", b"")))
            await send({**head, "headers": [*head.get("headers", ()), named]})
            head.clear()
        await send(message)

    return told


def _policy(page: bytes) -> bytes:
    """Return the policy of a page. Styles stand in attributes too, which cannot run anything."""
    hashes = [base64.b64encode(hashlib.sha256(script).digest()) for script in _SCRIPT.findall(page)]
    scripts = b" ".join([b"'self'", *(b"'sha256-%b'" % one for one in hashes)])
    return (
        b"default-src 'none'; script-src %b; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" % scripts
    )
