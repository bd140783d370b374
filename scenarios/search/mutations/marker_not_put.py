"""A bucket that acknowledges a conditional put and keeps no object."""

from gateway_sim.control_plane.data.buckets import Bucket
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "data"
guards = [
    StoryGuard("preempt-resume", "latest names a committed checkpoint"),
    StoryGuard("preempt-resume", "a preemption costs at most one interval"),
]
break_it = returning(Bucket, "put_once", True)
