"""The bodies that set a replica's view: what is read of one can be sent back."""

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway_sim.lag import Exponential, Fixed, SimpleDbStep, Uniform
from gateway_sim.replicas import Fresh, Lagging, Partitioned, View
from gateway_sim.view_bodies import ViewBody, body_of

BODY: TypeAdapter[ViewBody] = TypeAdapter(ViewBody)


@pytest.mark.parametrize(
    "view",
    [
        Fresh(),
        Partitioned(7.0),
        Lagging(Fixed(4.0)),
        Lagging(Uniform(0.5, 8.0)),
        Lagging(Exponential(1.5)),
        Lagging(SimpleDbStep()),
    ],
)
def test_the_body_of_a_view_sets_it_again(view: View) -> None:
    """Every kind and every law, with its numbers."""
    assert BODY.validate_python(body_of(view)).view(7.0) == view


NUMBERS = [("fixed", ("lag_s",)), ("uniform", ("low_s", "high_s")), ("exponential", ("mean_s",))]


@pytest.mark.parametrize(("law", "names"), NUMBERS, ids=lambda value: str(value))
def test_every_number_of_a_law_may_be_0_and_not_less(law: str, names: tuple[str, ...]) -> None:
    """A lag of 0 s is none."""
    zero = {"kind": "lagging", "law": law} | dict.fromkeys(names, 0)
    assert isinstance(BODY.validate_python(zero).view(0.0), Lagging)
    for name in names:
        with pytest.raises(ValidationError, match="greater than or equal to 0"):
            BODY.validate_python({**zero, name: -0.5})


def test_a_range_may_be_one_number() -> None:
    """From 2 to 2."""
    body = {"kind": "lagging", "law": "uniform", "low_s": 2, "high_s": 2}
    assert BODY.validate_python(body).view(0.0) == Lagging(Uniform(2.0, 2.0))
