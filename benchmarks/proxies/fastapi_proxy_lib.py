"""fastapi-proxy-lib on uvicorn"""

import sys
from pathlib import Path


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it, None where it is not installed."""
    from benchmarks.others import program

    python = program("fastapi-proxy-lib", "python")
    return None if python is None else [python, "-P", __file__, str(upstream), str(port)]


if __name__ == "__main__":
    import uvicorn
    from fastapi_proxy_lib.fastapi.app import reverse_http_app  # type: ignore[import-not-found, unused-ignore]

    uvicorn.run(
        reverse_http_app(base_url=f"http://127.0.0.1:{sys.argv[1]}/"), host="127.0.0.1", port=int(sys.argv[2]),
        log_level="error", access_log=False,
    )  # fmt: skip
