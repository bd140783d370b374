"""What a run remembers since its last checkpoint, so that another pod can do it again."""

from gateway_sim.client.exactly_once.journal import Journal, LoggedOperation
from gateway_sim.client.sdk.bodies import Json


def operation(number, route="optim_step", heard=True) -> LoggedOperation:
    """Return an operation that was answered."""
    body: Json = {}
    return LoggedOperation(number, route, "T", body, f"req-{number}", heard)


def test_a_commit_forgets_what_it_holds_but_not_gradients_that_no_step_took():
    """A checkpoint has weights and moments; what accumulated is not in it."""
    journal = Journal(limit=10)
    done = [
        operation(1, "forward_backward"),
        operation(2),
        operation(3, "forward_backward"),
        operation(4, "save_weights"),
        operation(5),
    ]
    for one in done:
        journal.taken(one)
    journal.committed(done[3], "tinker://job-1/weights/a")
    assert [d.number for d in journal.to_repeat()] == [3, 5]
    assert journal.checkpoint == "tinker://job-1/weights/a"


def test_a_commit_before_the_first_step_keeps_the_gradients():
    """They are in no weights yet."""
    journal = Journal(limit=10)
    assert (journal.checkpoint, journal.truncated) == (None, False)
    for one in (operation(1, "forward_backward"), operation(2, "save_weights")):
        journal.taken(one)
    journal.committed(journal.operations[1], "a")
    assert [d.number for d in journal.to_repeat()] == [1]


def test_an_operation_has_no_result_when_it_is_logged():
    """A forward without its result is repeated."""
    journal = Journal(limit=1)
    journal.taken(LoggedOperation(1, "forward", "Forward", {}))
    assert [d.number for d in journal.to_repeat()] == [1]


def test_what_was_only_looked_at_is_not_repeated_unless_its_result_is_still_waited_for():
    """A forward leaves nothing behind."""
    journal = Journal(limit=10)
    for one in (operation(1, "forward"), operation(2), operation(3, "forward", heard=False)):
        journal.taken(one)
    assert [d.number for d in journal.to_repeat()] == [2, 3]


def test_a_journal_that_had_to_forget_says_so_until_the_next_save():
    """A run that never saves can be repeated only so far back."""
    journal = Journal(limit=2)
    for number in (1, 2):
        journal.taken(operation(number))
    assert ([one.number for one in journal.to_repeat()], journal.truncated) == ([1, 2], False)
    journal.taken(operation(3))
    assert ([one.number for one in journal.to_repeat()], journal.truncated) == ([2, 3], True)
    save = operation(4, "save_weights")
    journal.taken(save)
    journal.committed(save, "a")
    assert not journal.truncated
