"""A pipeline whose runs all store their artifacts under one path."""

from gateway_sim.control_plane.models.artifacts import Artifacts
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "models"
guards = [StoryGuard("overwritten-artifact", "every run keeps the model it evaluated")]
break_it = returning(Artifacts, "path", "churn/model")
