"""The parser of the command line's words into a pairing and the settings of its world."""

from collections.abc import Mapping
from typing import TypeVar

from gateway_sim.scenarios.engines.live.sdks.environments import profile_of
from gateway_sim.scenarios.run.matrix import gateway_words
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.policies import BALANCES, client_policies, gateway_policies
from gateway_sim.scenarios.world.setting_words import apply_settings

W = TypeVar("W")


def pairing_of(
    client: str, gateway: str, sdk: str, balance: str, settings: Mapping[str, str], world: W
) -> tuple[Pairing, W]:
    """Return the pairing that the words name, and `world`, each with the settings of its fields applied.

    `gateway` may be a name of the tables, such as `route-not-ready+`. `world` is any record of settings; a setting that
    the world and a policy both have goes to the world. Raises `UnknownWord`, `SettingsRefused` or `SdkUnavailable`.
    """
    client_policy = client_policies()[check("client policy", client, client_policies())]()
    name, settings = gateway_words(gateway, settings)
    profile = profile_of(sdk)
    check("balance", balance, BALANCES)
    world, gateway_policy, client_policy = apply_settings(settings, world, gateway_policies()[name](), client_policy)
    return Pairing(client_policy, gateway_policy, profile, balance), world
