"""The user of a run by its spec: this project's client, a real SDK, or a user's script, in either engine."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.own_user import own_user
from gateway_sim.scenarios.world.user import TrainingScript


def user_of(spec: RunSpec) -> Callable[[World], Awaitable[TrainingScript]]:
    """Return the function that makes the world's user: our client, a real SDK, or a user's script."""
    if spec.program is not None:
        python, script = spec.program.python or sys.executable, Path(spec.program.script)
        if spec.engine == "virtual":
            from gateway_sim.scenarios.engines.guest.user import script_guest

            return script_guest(python, script, spec.program.argv)
        from gateway_sim.scenarios.engines.live.scripts import script_process

        return script_process(python, script, spec.program.argv)
    if spec.driver == "client":
        return own_user
    from gateway_sim.scenarios.engines.live.sdks.environments import named

    if spec.engine == "virtual":
        from gateway_sim.scenarios.engines.guest.user import sdk_guest

        return sdk_guest(named(spec.sdk))
    from gateway_sim.scenarios.engines.live.sdks.user import sdk_user

    return sdk_user(named(spec.sdk))
