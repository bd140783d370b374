"""The other proxies that are measured: `python -m benchmarks.others` installs them.

Each has an environment of its own, outside the project, as the real SDKs have: $GATEWAY_SIM_BENCH, or a folder in the
user's cache. nginx, haproxy and the load generator wrk are the system's to install; what is missing is left out.
"""

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = {"mitmproxy": ("mitmproxy",), "fastapi-proxy-lib": ("fastapi-proxy-lib[standard]", "uvicorn[standard]")}


def home() -> Path:
    """Return the folder of the environments."""
    named = os.environ.get("GATEWAY_SIM_BENCH")
    return Path(named) if named else Path.home() / ".cache" / "gateway-sim" / "bench"


def program(environment: str, name: str) -> str | None:
    """Return the path of a program of an environment, None where the environment is not whole."""
    found = home() / environment / "bin" / name
    return str(found) if (home() / environment / "whole").exists() else None


def install() -> None:
    """Make every missing environment, and report what could not be made."""
    for name, packages in PACKAGES.items():
        folder = home() / name
        if (folder / "whole").exists():
            print(f"{name} is installed")
            continue
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([*pip, *packages], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} could not be installed: {error}")
        else:
            (folder / "whole").touch()
            print(f"{name} is installed in {folder}")


if __name__ == "__main__":
    install()
