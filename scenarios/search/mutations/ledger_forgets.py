"""A pod that forgets its ledger: every request is a new one."""

from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.engines.virtual.exchange import Request
from gateway_sim.scenarios.search.mutations import Guard, Story, StoryGuard, returning
from gateway_sim.scenarios.world.builder import World
from gateway_sim.trainer_pod.ledger import Ledger


async def losing_an_answer(world: World, story: Story) -> None:
    """Play the race on a wire that loses the first answer to an optimizer step, once the pod has the request."""
    lost: list[Request] = []

    def lose_one(request: Request) -> bool:
        if request.url.endswith("/optim_step") and request.connection[0] == "client" and not lost:
            lost.append(request)
            return True
        return False

    assert isinstance(world.engine, VirtualEngine), "only the virtual wire can be told what to lose"
    world.engine.wire.loses = lose_one
    await story(world)
    assert lost, "no optimizer step was sent"


part = "pod"
guards = [
    Guard("mid-training-flap", "blanket-404", "not-found", "no step is applied twice", world=losing_an_answer),
    Guard("lost-reply-then-404", "exactly-once", "not-found", "no step is applied twice"),
    # no answer comes from a cache that forgets
    StoryGuard("rollback-forgets", "no step is applied twice", prevents=True),
]
break_it = returning(Ledger, "record", None)
