"""The nesting of a JSON text, without parsing it: a parser that recurses ends with an error of its own. Pure."""

import re
from typing import Final

_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def is_deeper(text: bytes, limit: int) -> bool:
    """Say whether a JSON text is nested deeper than `limit`; what is no JSON has the nesting of its brackets."""
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            if depth > limit:
                return True
        elif first in b"]}":
            depth -= 1
    return False
