"""The five acts of the presenter mode: each a choice of the page's fields, and a sentence of what to watch."""

from dataclasses import dataclass
from typing import Any, Final

from gateway_sim.scenarios.apps.demo.choices import Pick
from gateway_sim.scenarios.run.matrix import BARE_503, NAMED, PROPOSED

TELLS_GONE: Final = NAMED["tell-gone-from-stale"]


@dataclass(frozen=True)
class Act:
    """One act: its title, what to watch, the names of the two sides, and the choice that is played."""

    title: str
    watch: str
    sides: tuple[str, str]
    pick: Pick

    def document(self) -> dict[str, Any]:
        """Return the act as plain JSON values."""
        return {"title": self.title, "watch": self.watch, "sides": list(self.sides), "pick": self.pick.model_dump()}


ACTS: Final = (
    Act(
        "The incident",
        "On the left a poll meets a replica that lost the route: one 404, and the run dies beside a healthy trainer.",
        ("today", "proposed"),
        Pick(),
    ),
    Act(
        "The pull request's client fix",
        "The client now warms up before it trains, and the run on the left still dies: the route is lost after the "
        "warm-up, and a 404 on a poll is final.",
        ("today", "proposed"),
        Pick(client="warmup-verified"),
    ),
    Act(
        "A bare 503, and its spin",
        "On the right a 503 replaces the 404: the run finishes, but the SDK polls again at once, hundreds of times a "
        "second for one result.",
        ("today", "bare 503"),
        Pick(proposed=BARE_503.name),
    ),
    Act(
        "503 with Retry-After",
        "On the right the gateway holds a poll for a second and says when to come back: the run finishes, with one "
        "request a second.",
        ("bare 503", "with Retry-After"),
        Pick(today=BARE_503.name, proposed=PROPOSED.name),
    ),
    Act(
        "Gone against stale",
        "The job is deleted: the gateway on the right asks the control plane and says so at once, and the one on the "
        "left says “not ready” for five minutes; stop it when you have seen enough.",
        ("503 for both", "gone is 404"),
        Pick(race="job-deleted", today=PROPOSED.name, proposed=TELLS_GONE.name),
    ),
)  # fmt: skip
"""In the order in which they are shown; `?act=3` opens the third."""
