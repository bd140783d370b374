"""How a test reads the table of a docstring."""

import pytest

from tests.docstring_tables import rows


def test_rows_are_read_without_the_head_and_continued_lines_are_joined():
    """A cell that goes on in the next line is one cell."""

    def documented():
        """Say something.

        | state   | then             |
        | ------- | ---------------- |
        | RUNNING | go on, and do    |
        |         | not look back    |
        | GONE    | stop             |

        And more.
        """

    assert rows(documented) == [("RUNNING", "go on, and do not look back"), ("GONE", "stop")]


def test_a_docstring_without_a_table_is_an_error():
    """A test over no rows would pass, whatever the code does."""
    with pytest.raises(ValueError, match="has no table"):
        rows(rows)
