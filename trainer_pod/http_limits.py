"""What an HTTP server of this project accepts of a caller. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final, Self

VARIABLE: Final = "GATEWAY_SIM_LIMITS"


class LimitsRefused(ValueError):
    """The words of `GATEWAY_SIM_LIMITS` are wrong; the message says which, and what may be written."""


@dataclass(frozen=True)
class HttpLimits:
    """The limits of a server; each refusal is `application/problem+json`, and closes the connection.

    | limit         | of                                                                       | beyond it |
    | ------------- | ------------------------------------------------------------------------ | --------- |
    | `connections` | open connections of one server                                           | 503       |
    | `head_bytes`  | the request line and all headers                                         | 431       |
    | `headers`     | the number of headers                                                    | 431       |
    | `path_bytes`  | the path with its query                                                  | 414       |
    | `head_s`      | seconds from a request's first byte to the end of its head               | 408       |
    | `body_s`      | seconds from there to the end of its body, while the server reads it     | 408       |
    | `write_s`     | seconds in which a caller takes no byte of an answer                     | closed    |
    | `page_bytes`  | the body of a request to the control plane, admin pages or the demo      | 413       |
    | `json_depth`  | the nesting of such a body                                               | 400       |

    `hosts` are names beside the loopback addresses that a `Host` header may have, separated by `+`; with another one
    the answer is 421, because a page of a foreign site can have its own name resolved to 127.0.0.1.
    """

    connections: int = 512
    head_bytes: int = 64 * 1024
    headers: int = 128
    path_bytes: int = 8 * 1024
    head_s: float = 10.0
    body_s: float = 120.0
    write_s: float = 120.0
    page_bytes: int = 1024 * 1024
    json_depth: int = 100
    hosts: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return the limits that `GATEWAY_SIM_LIMITS="head_s=5,connections=64"` names. Raises `LimitsRefused`."""
        kinds = {name: type(value) for name, value in asdict(cls()).items()}
        asked: dict[str, int | float | str] = {}
        for word in filter(None, (word.strip() for word in environ.get(VARIABLE, "").split(","))):
            name, equals, value = word.partition("=")
            if name not in kinds or not equals:
                raise LimitsRefused(f"{VARIABLE}: {word!r} is no limit; write name=value, of {', '.join(kinds)}")
            try:
                asked[name] = kinds[name](value)
            except ValueError:
                asked[name] = 0
            # a NaN is not above 0 either
            if not isinstance(asked[name], str) and not 0 < asked[name] < float("inf"):  # type: ignore[operator]
                raise LimitsRefused(f"{VARIABLE}: {word!r} needs a number above 0")
        return replace(cls(), **asked)  # type: ignore[arg-type]

    def admits_host(self, host: str) -> bool:
        """Say whether a `Host` header names this machine's loopback interface, or one of `hosts`."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.lower()
        if name in ("localhost", "[::1]") or name.endswith(".localhost"):
            return True
        parts = name.split(".")
        if len(parts) == 4 and parts[0] == "127" and all(part.isdigit() and len(part) < 4 for part in parts):
            return True
        return name in self.hosts.lower().split("+") if name else False
