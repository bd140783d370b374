"""The release of gateway-sim that plays."""

from functools import cache
from importlib.metadata import version


@cache
def release() -> str:
    """Return it, such as "0.2.0"."""
    return version("gateway-sim")
