"""JSON as programs print it and APIs answer it: objects with their lines, and no page in place of the whole."""

import json

import pytest

from gateway_sim.scenarios.orchestration.fleets.json_rows import of_json
from gateway_sim.scenarios.sim.errors import UsageError

TWO = [{"A": 1, "b": "x"}, {"a": 2, "c": [3]}]
HEAD, ROWS = ["a", "b", "c"], [[1, "x", None], [2, None, [3]]]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.json", '[\n {"A": 1,\n "b": "x"},\n\n {"a": 2, "c": [3]}\n]', [1, 2, 5]),
        ("a.json", '{"total": 2,\n "other": ["]"],\n "rows": [{"A": 1, "b": "x"},\n {"a": 2, "c": [3]}]}', [1, 3, 4]),
        ("a.jsonl", '{"A": 1, "b": "x"}\n\n{"a": 2, "c": [3]}\n', [1, 1, 3]),
        ("a.json", json.dumps(TWO), [0, 1, 2]),
    ],
)  # fmt: skip
def test_the_objects_with_their_lines(tmp_path, name, text, lines):
    """Where all is one line, the number is that of the object."""
    (tmp_path / name).write_text(text)
    found = list(of_json(tmp_path / name))
    assert [line for line, _ in found] == lines
    assert [values for _, values in found] == [HEAD, *ROWS]


WRONG = {
    "cut short": ('[\n{"a": 1},\n{"a":', "a.json, line 3: this is no JSON"),
    "no comma": ('[{"a": 1}\n{"a": 2}]', "a.json, line 2: this is no JSON"),
    "a number": ('[{"a": 1},\n 7]', "a.json, line 2: 7 is no object"),
    "no list": ('{"a": 1}', "a.json, line 1: it must be a list of objects"),
    "two lists": ('{"a": [{}], "b": [{}]}', "an object with one such list"),
    "a word": ('"a"', "it must be a list of objects"),
    "a page": ('{"rows": [{"a": 1}], "total_entries": 250}', "it has 1 of 250 entries, and is the page of an answer"),
    "a page by cursor": ('{"rows": [{"a": 1}], "next_cursor": "x"}', "it has 1 entries, and is the page"),
    "too deep": ("[" * 100_000, "this is no JSON"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG)
def test_what_is_no_such_file_is_refused(tmp_path, text, says):
    """With its line, where it has one."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UsageError) as refused:
        list(of_json(tmp_path / "a.json"))
    assert says in str(refused.value)
