"""The life of a job is a table, and every pair that is not in it is refused."""

import pytest

from gateway_sim.control_plane.jobs.states import LIVE, TRANSITIONS, Job, JobEvent, JobState, WrongState

ALLOWED = {
    "CREATING": {"admit": "PENDING", "fail": "FAILED", "cancel": "CANCELLED", "delete": "DELETED"},
    "PENDING": {
        "start": "RUNNING", "pause": "PAUSED", "fail": "FAILED", "cancel": "CANCELLED", "delete": "DELETED",
    },
    "RUNNING": {
        "requeue": "PENDING", "pause": "PAUSED", "fail": "FAILED", "complete": "COMPLETED", "cancel": "CANCELLED",
        "delete": "DELETED",
    },
    "PAUSED": {"resume": "PENDING", "cancel": "CANCELLED", "delete": "DELETED"},
    "FAILED": {"resume": "PENDING", "delete": "DELETED"},
    "CANCELLED": {"resume": "PENDING", "delete": "DELETED"},
    "COMPLETED": {"delete": "DELETED"},
    "DELETED": {"recreate": "CREATING"},
}  # fmt: skip
"""What may happen to a job in each state, and where it leads, written down a second time."""


@pytest.mark.parametrize("event", JobEvent)
@pytest.mark.parametrize("state", JobState)
def test_each_event_in_each_state_leads_where_the_table_says_or_is_refused(state: JobState, event: JobEvent) -> None:
    """Eighty pairs: those allowed lead to their state, the others are refused in a sentence with all the names."""
    job = Job("acme", "job-1", state)
    leads_to = ALLOWED[state.name].get(event.value)
    if leads_to is not None:
        assert job.after(event).state is JobState[leads_to]
        return
    on_its_way = event is JobEvent.RESUME and state in (JobState.CREATING, JobState.PENDING, JobState.RUNNING)
    need_not = ", and need not: wait until it is JOB_STATE_RUNNING" if on_its_way else ""
    with pytest.raises(WrongState, match=rf"^job acme/job-1 is {state.value}; it cannot {event.value}{need_not}$"):
        job.after(event)


def test_the_table_holds_no_pair_that_this_page_does_not() -> None:
    """A transition added to the table is added here too, or this says so."""
    assert len(TRANSITIONS) == sum(len(events) for events in ALLOWED.values())


def test_the_wire_knows_every_state_by_the_name_the_sdk_reads() -> None:
    """`JOB_STATE_` and the state's name (docs/reference/protocol.md §3)."""
    assert [state.value for state in JobState] == [f"JOB_STATE_{state.name}" for state in JobState]


def test_every_start_has_a_number_of_its_own() -> None:
    """A start is numbered when it begins, so one that fails has used its number up."""
    job = Job("acme", "job-1")
    numbers = []
    for event in ("admit", "fail", "resume", "start", "requeue", "start", "pause", "resume", "start"):
        job = job.after(JobEvent(event))
        numbers.append(job.incarnation)
    assert numbers == [1, 1, 2, 2, 3, 3, 3, 4, 4]


def test_a_job_made_anew_goes_on_counting() -> None:
    """A route of the deleted job's last generation must look old beside the new job's first."""
    deleted = Job("acme", "job-1", JobState.DELETED, incarnation=3)
    assert deleted.after(JobEvent.RECREATE).after(JobEvent.ADMIT).incarnation == 4


def test_a_message_stays_until_the_next_move() -> None:
    """Why a job failed is told while it is FAILED, and not once it starts again."""
    failed = Job("acme", "job-1", JobState.PENDING, 1).after(JobEvent.FAIL, "no GPU was free")
    assert failed.message == "no GPU was free"
    assert failed.after(JobEvent.RESUME).message == ""


def test_pods_belong_to_the_live_states_only() -> None:
    """From any state in which a pod may be up, a job can be deleted."""
    assert {state.name for state in LIVE} == {"CREATING", "PENDING", "RUNNING"}
    assert all((state, JobEvent.DELETE) in TRANSITIONS for state in LIVE)
