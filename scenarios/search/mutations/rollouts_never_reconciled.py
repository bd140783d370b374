"""A reconciler that finds no rollout overdue, so that a tag whose promoter died is never deployed."""

from gateway_sim.control_plane.models import rollouts
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "models"
guards = [StoryGuard("promotion-race", "what serves is what the tag names")]
break_it = returning(rollouts, "overdue", None)
