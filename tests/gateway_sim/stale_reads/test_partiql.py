"""Which tables a PartiQL statement names, and the same statement for another table."""

import pytest

from gateway_sim.stale_reads.partiql import is_read, tables_of, with_table


@pytest.mark.parametrize(
    ("statement", "named", "other"),
    [
        ("SELECT * FROM routes", [("routes", None)], "SELECT * FROM copy"),
        ('SELECT job FROM "my.routes" WHERE a = ?', [("my.routes", None)], 'SELECT job FROM "copy" WHERE a = ?'),
        ('select * from\n"routes"."by-pod"', [("routes", "by-pod")], 'select * from\n"copy"."by-pod"'),
        ("SELECT * FROM routes.by_pod r", [("routes", "by_pod")], "SELECT * FROM copy.by_pod r"),
        ('SELECT "a from b" FROM routes', [("routes", None)], 'SELECT "a from b" FROM copy'),
        ("DELETE FROM routes WHERE a = 'x'", [("routes", None)], "DELETE FROM copy WHERE a = 'x'"),
        (
            "INSERT INTO \"routes\" VALUE {'a': 'it''s from nowhere', 'b': 'update all'}",
            [("routes", None)],
            "INSERT INTO \"copy\" VALUE {'a': 'it''s from nowhere', 'b': 'update all'}",
        ),
        (
            "UPDATE routes SET a = 1 WHERE EXISTS(SELECT * FROM jobs)",
            [("routes", None), ("jobs", None)],
            "UPDATE copy SET a = 1 WHERE EXISTS(SELECT * FROM jobs)",
        ),
    ],
)
def test_a_table_is_found_and_replaced(statement, named, other):
    """With its index and its quotes; a word in a string or in an attribute's name is no table."""
    assert tables_of(statement) == named
    assert with_table(statement, "copy") == other


def test_a_statement_without_a_table_names_none():
    """The engine says what is wrong with it."""
    assert tables_of("SELCT 'from routes'") == []


def test_only_a_select_is_a_read():
    """A `DELETE` may return items too, as they were before it."""
    assert [is_read(each) for each in ("\n select *", "SELECT", "DELETE FROM routes RETURNING ALL OLD *")] == [
        True,
        True,
        False,
    ]
