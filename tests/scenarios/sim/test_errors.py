"""An unknown name is answered with the nearest known one, or with what there is."""

import pytest

from gateway_sim.scenarios.sim.errors import FEW, MANY, UnknownWord, alone, check


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("x", [], "there are: none"),
        ("x", ["b", "a"], "there are: a, b"),
        ("hold", ["holds", "b"], "did you mean holds?"),
        ("abcdef", ["abcxyz"], "there are: abcxyz"),
        ("abcdefg", ["abcdxyz", *"123"], "there are: 1, 2, 3, abcdxyz"),
        ("abcdefg", ["abcdxyz", *"1234"], "did you mean abcdxyz?"),
        ("x", [f"name-{n:02}" for n in range(MANY)], f"there are: {', '.join(f'name-{n:02}' for n in range(MANY))}"),
        ("x", [f"name-{n:02}" for n in range(MANY + 1)], f"there are {MANY + 1}: `gateway-sim list` names them"),
    ],
)
def test_the_hint_of_an_unknown_name(word, known, hint):
    """A distant name is suggested only where there are more than a few; a list that fills a screen is counted."""
    assert FEW == 4
    with pytest.raises(UnknownWord) as error:
        check("race", word, known)
    assert str(error.value) == f"no race is called {word!r}; {hint}"


def test_a_renamed_name_is_returned_as_it_is_called_now(capsys):
    """Where the new name is known; a known name is never changed."""
    assert check("race", "strangers-door", ["reused-address"]) == "reused-address"
    assert check("race", "strangers-door", ["strangers-door", "reused-address"]) == "strangers-door"
    with pytest.raises(UnknownWord, match="no race is called 'strangers-door'"):
        check("race", "strangers-door", ["healthy"])


def test_the_only_error_of_a_task_group_is_that_error():
    """Of groups in groups too; of several none is the error."""
    error = ValueError("x")
    assert alone(error) is error
    assert alone(ExceptionGroup("outer", [BaseExceptionGroup("inner", [error])])) is error
    both = ExceptionGroup("both", [error, KeyError("y")])
    assert alone(both) is both
