"""An online test that is looked at each day as if it were the only look."""

import math
from typing import Any

from gateway_sim.control_plane.models.online_tests import Arm, OnlineTest
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "models"
guards = [
    # on these seeds the models rank alike, and chance alone brings a look below the error rate
    StoryGuard("partial-partition", "no model is rolled back by chance", settings={"visits": "500"}, seeds=(19, 22))
]


@replacing(OnlineTest, "p_value")
def break_it(p_value: Any, self: OnlineTest, control: Arm, tested: Arm) -> float:
    """Return the p-value of a test of one fixed size: the two-sided z-test of two shares."""
    both = (control.clicks + tested.clicks) / (control.visits + tested.visits)
    deviation = math.sqrt(both * (1 - both) * (1 / control.visits + 1 / tested.visits))
    return math.erfc(abs(tested.rate - control.rate) / deviation / math.sqrt(2)) if deviation else 1.0
