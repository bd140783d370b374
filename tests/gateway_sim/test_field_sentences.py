"""What a request gets wrong is said in the project's own words, field by field."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gateway_sim.field_sentences import field_sentence
from gateway_sim.view_bodies import ViewBody


class Wish(BaseModel):
    """A body with a field of each kind."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    name: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")] = "ab"
    share: Annotated[float, Field(ge=0, lt=1)] = 0.5
    count: int = 1
    how: Literal["kill", "stop"] = "kill"
    loud: bool = False
    routes: list[str] = []
    more: dict[str, str] = {}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": "a"}, 'name is "a"; it takes a text of 2 or more characters'),
        ({"name": "abcd"}, 'name is "abcd"; it takes a text of at most 3 characters'),
        ({"name": "AB"}, 'name is "AB"; it takes a text like ^[a-z]+$'),
        ({"name": None}, "name is null; it takes a text"),
        ({"share": 1}, "share is 1; it takes a number below 1"),
        ({"share": -1}, "share is -1; it takes a number from 0"),
        ({"share": "much"}, 'share is "much"; it takes a number'),
        ({"share": float("nan")}, "share is NaN; it takes a finite number"),
        ({"count": 1.5}, "count is 1.5; it takes a whole number"),
        ({"how": "burn"}, 'how is "burn"; it takes kill or stop'),
        ({"loud": "x"}, 'loud is "x"; it takes true or false'),
        ({"routes": 3}, "routes is 3; it takes a list"),
        ({"routes": [3]}, "routes.0 is 3; it takes a text"),
        ({"more": 3}, "more is 3; it takes an object"),
        ({"noise": 3}, "noise is unknown here: leave it out, or correct its name"),
        ([3], "the body is [3]; it takes an object"),
        ({"routes": "x" * 100}, f'routes is "{"x" * 58}…; it takes a list'),
    ],
)
def test_a_sentence_has_what_was_sent_and_what_is_accepted(sent: Any, sentence: str) -> None:
    """For each kind of mistake."""
    with pytest.raises(ValidationError) as refused:
        Wish.model_validate(sent)
    assert field_sentence(refused.value.errors()[0]) == sentence


def test_a_rule_of_a_field_is_said_with_its_name() -> None:
    """Which the rule's own sentence need not repeat."""

    def refuse(value: int) -> int:
        raise ValueError("an odd number is needed")

    class Odd(BaseModel):
        count: Annotated[int, AfterValidator(refuse)]

    with pytest.raises(ValidationError) as refused:
        Odd.model_validate({"count": 2})
    assert field_sentence(refused.value.errors()[0]) == "count: an odd number is needed"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "kind is missing"),
        (3, "the body is 3; it takes an object"),
        ({"kind": "foggy"}, 'kind is "foggy"; it takes fresh, partitioned, lagging'),
        ({"kind": "lagging", "law": "fixed"}, "law fixed takes lag_s"),
    ],
)
def test_the_kinds_of_a_view_are_named(sent: Any, sentence: str) -> None:
    """Without the words of the library that reads them."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(ViewBody).validate_python(sent)
    assert field_sentence(refused.value.errors()[0]) == sentence
