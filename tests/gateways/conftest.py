"""The example gateways, each with what it needs; one whose tools are missing is skipped."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "gateways"
NGINX_LUA = Path("/usr/lib/nginx/modules/ngx_http_lua_module.so")


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the command of the gateway for Node.js, with the AWS SDK beside it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node or npm is not installed: install Node.js 20 or newer")
    folder = tmp_path_factory.mktemp("node")
    for name in ("gateway.mjs", "pods.mjs", "package.json"):
        shutil.copy(EXAMPLES / "node" / name, folder)
    install = ("npm", "install", "--silent", "--no-audit", "--no-fund")
    ended = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, f"{install}: {ended.stdout}{ended.stderr}"
    return f"node {folder}/gateway.mjs"


@pytest.fixture(scope="session")
def nginx() -> str:
    """Return the command of the gateway that is nginx with Lua."""
    if shutil.which("nginx") is None or not NGINX_LUA.exists():
        pytest.skip("nginx with Lua is not installed: apt-get install nginx libnginx-mod-http-lua lua-cjson")
    return f"sh {EXAMPLES}/nginx/start.sh"


@pytest.fixture(scope="session")
def fastapi() -> str:
    """Return the command of the gateway in Python; this project needs all its packages too."""
    return f"{sys.executable} {EXAMPLES}/fastapi/gateway.py"


@pytest.fixture(params=["node", "nginx", "fastapi"])
def gateway(request: pytest.FixtureRequest) -> str:
    """Return the command of each gateway."""
    return str(request.getfixturevalue(request.param))
