"""What the control plane's answer allows after a 404: the table in the docstring of `judge`, row by row."""

import pytest

from gateway_sim.client.verify import Reported, Unanswered, judge
from tests.docstring_tables import rows

OTHER_STATES = ["PENDING", "CREATING", "PAUSED", "FAILED", "DELETED", "COMPLETED", ""]

EXAMPLES = {
    "says JOB_STATE_RUNNING": [Reported("JOB_STATE_RUNNING")],
    "says any other state, now or for ever": [Reported(f"JOB_STATE_{state}") for state in OTHER_STATES],
    "does not answer, or answers an error": [Unanswered()],
}


@pytest.mark.parametrize(("answer", "then", "because"), rows(judge))
def test_each_row_of_the_table_holds(answer, then, because):
    """A job that waits to be placed again is not told from one that is gone: that is the PR's rule."""
    assert {judge(example).name for example in EXAMPLES[answer]} == {then}
    assert because


def test_the_table_has_a_row_for_every_example():
    """A row that is taken out of the docstring is missed here."""
    assert {answer for answer, *_ in rows(judge)} == set(EXAMPLES)
