"""A laboratory for routing races between a training platform's API gateway and its trainer pods.

    import gateway_sim

    result = gateway_sim.run("fresh-route", client="exactly-once")
    assert result.verdict == "kept", result.violations

The names of `__all__` are the public interface (docs/stable.md); every other name may change without notice. They are
loaded at first use: `import gateway_sim` imports neither torch nor moto nor FastAPI.

In this folder, beside the interface, is the gateway: it routes requests to trainer pods, and answers when it does not
see a route.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway_sim.client.retry_policies import Blanket404 as Blanket404
    from gateway_sim.client.retry_policies import ExactlyOnce as ExactlyOnce
    from gateway_sim.client.retry_policies import Plain as Plain
    from gateway_sim.client.retry_policies import RetryPolicy as RetryPolicy
    from gateway_sim.client.retry_policies import WarmupVerified as WarmupVerified
    from gateway_sim.miss_policies import MissPolicy as MissPolicy
    from gateway_sim.miss_policies.hold import Hold as Hold
    from gateway_sim.miss_policies.leased_generation import LeasedGeneration as LeasedGeneration
    from gateway_sim.miss_policies.not_found import NotFound as NotFound
    from gateway_sim.miss_policies.retry_lookup import RetryLookup as RetryLookup
    from gateway_sim.miss_policies.route_not_ready import RouteNotReady as RouteNotReady
    from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale as TellGoneFromStale
    from gateway_sim.scenarios.apps.library import explore as explore
    from gateway_sim.scenarios.apps.library import run as run
    from gateway_sim.scenarios.apps.library import verify as verify
    from gateway_sim.scenarios.compare.verification import Verification as Verification
    from gateway_sim.scenarios.judge.promises import Promise as Promise
    from gateway_sim.scenarios.judge.promises import Violation as Violation
    from gateway_sim.scenarios.judge.verdict import Verdict as Verdict
    from gateway_sim.scenarios.races import Expected as Expected
    from gateway_sim.scenarios.races import Race as Race
    from gateway_sim.scenarios.races.incidents.log import LogRefused as LogRefused
    from gateway_sim.scenarios.run.result import RunResult as RunResult
    from gateway_sim.scenarios.run.spec import RunSpec as RunSpec
    from gateway_sim.scenarios.search.explore.search import Findings as Findings
    from gateway_sim.scenarios.sim.errors import GatewaySimError as GatewaySimError
    from gateway_sim.scenarios.sim.errors import SettingsRefused as SettingsRefused
    from gateway_sim.scenarios.sim.errors import UnknownWord as UnknownWord
    from gateway_sim.scenarios.sim.errors import UsageError as UsageError
    from gateway_sim.scenarios.sim.plugins import PluginRefused as PluginRefused
    from gateway_sim.scenarios.sim.plugins import add_folder as add_folder
    from gateway_sim.scenarios.sim.trace import Trace as Trace
    from gateway_sim.scenarios.world.builder import Pairing as Pairing
    from gateway_sim.scenarios.world.builder import World as World
    from gateway_sim.scenarios.world.fault import Fault as Fault
    from gateway_sim.scenarios.world.settings import Settings as Settings

    __version__: str

_HOMES = {
    "client.retry_policies": ("Blanket404", "ExactlyOnce", "Plain", "RetryPolicy", "WarmupVerified"),
    "miss_policies": ("MissPolicy",),
    "miss_policies.hold": ("Hold",),
    "miss_policies.leased_generation": ("LeasedGeneration",),
    "miss_policies.not_found": ("NotFound",),
    "miss_policies.retry_lookup": ("RetryLookup",),
    "miss_policies.route_not_ready": ("RouteNotReady",),
    "miss_policies.tell_gone_from_stale": ("TellGoneFromStale",),
    "scenarios.apps.library": ("explore", "run", "verify"),
    "scenarios.compare.verification": ("Verification",),
    "scenarios.judge.promises": ("Promise", "Violation"),
    "scenarios.judge.verdict": ("Verdict",),
    "scenarios.races": ("Expected", "Race"),
    "scenarios.races.incidents.log": ("LogRefused",),
    "scenarios.run.result": ("RunResult",),
    "scenarios.run.spec": ("RunSpec",),
    "scenarios.search.explore.search": ("Findings",),
    "scenarios.sim.errors": ("GatewaySimError", "SettingsRefused", "UnknownWord", "UsageError"),
    "scenarios.sim.plugins": ("PluginRefused", "add_folder"),
    "scenarios.sim.trace": ("Trace",),
    "scenarios.world.builder": ("Pairing", "World"),
    "scenarios.world.fault": ("Fault",),
    "scenarios.world.settings": ("Settings",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("gateway-sim")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
