"""Scripts that run in a real SDK's own environment and import only the SDK and the standard library."""

from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.world.settings import Settings

POLICIES = ("plain", "blanket-404", "warmup-verified")
"""The client policies that the training driver can apply to a real SDK: none, PR 344's and PR 348's."""

NEEDS = {"microbatches": 1, "chunk_len": 0, "save_every": 0, "clients": 1}
"""The settings that the training driver ignores, with the values that it assumes."""


def beyond(settings: Settings) -> list[str]:
    """Return the names of the settings that the training driver cannot follow."""
    return [name for name, plain in NEEDS.items() if getattr(settings, name) != plain]


def check_sdk(sdk: str, client: str, race: str, settings: Settings) -> None:
    """Refuse a real SDK without its environment, or with settings that its driver cannot follow."""
    from gateway_sim.scenarios.engines.live.sdks.environments import require

    check("client policy of a real SDK", client, POLICIES)
    if beyond(settings):
        raise SettingsRefused(f"{race} sets {beyond(settings)[0]}, which the driver of real SDKs cannot follow")
    require(sdk)
