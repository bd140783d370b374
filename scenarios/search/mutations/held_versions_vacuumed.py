"""A vacuum that keeps the recent versions and none that a run holds."""

from gateway_sim.scenarios.orchestration.stories import audit_replay
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "data"
guards = [StoryGuard("audit-replay", "every run can be replayed")]
break_it = returning(audit_replay, "needed", frozenset())
