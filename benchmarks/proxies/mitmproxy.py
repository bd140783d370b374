"""mitmproxy as a reverse proxy (mitmdump)"""

from pathlib import Path

from benchmarks.others import program


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it, None where mitmproxy is not installed."""
    mitmdump = program("mitmproxy", "mitmdump")
    if mitmdump is None:
        return None
    where = ["--mode", f"reverse:http://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    return [mitmdump, *where, "--quiet", "--set", f"confdir={scratch}", "--set", "stream_large_bodies=1m"]
