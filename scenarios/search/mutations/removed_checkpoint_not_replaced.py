"""A job that begins at its first step when the checkpoint that it reads has been removed, and looks for no other."""

from gateway_sim.scenarios.orchestration.workloads.preempted_job import PreemptedJob
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "pod"
guards = [
    StoryGuard(
        "preempt-resume",
        "a preemption costs at most one interval",
        settings={
            "keep_last": "1",
            "save_every": "2",
            "save_s": "300",
            "lingers_s": "600",
            "loads_s": "300",
            "chooses": "again",
        },
    )
]

break_it = returning(PreemptedJob, "_instead_of", 0)
