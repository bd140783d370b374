"""nginx, 1 worker"""

import shutil
from pathlib import Path

CONFIG = """
daemon off; worker_processes 1; error_log {scratch}/error.log; pid {scratch}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 64m; keepalive_requests 1000000;
  client_body_temp_path {scratch}; proxy_temp_path {scratch}; fastcgi_temp_path {scratch};
  uwsgi_temp_path {scratch}; scgi_temp_path {scratch};
  upstream pod {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://pod; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering off;
    }}
  }}
}}
"""


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it, None where nginx is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None
    config = scratch / "nginx.conf"
    config.write_text(CONFIG.format(scratch=scratch, upstream=upstream, port=port))
    return [program, "-c", str(config), "-p", str(scratch)]
