"""haproxy, 1 thread"""

import shutil
from pathlib import Path

CONFIG = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend callers
  bind 127.0.0.1:{port}
  default_backend pods
backend pods
  server pod 127.0.0.1:{upstream}
"""


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it, None where haproxy is not installed."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        return None
    config = scratch / "haproxy.cfg"
    config.write_text(CONFIG.format(upstream=upstream, port=port))
    return [program, "-f", str(config), "-q"]
