"""The bodies that set a replica's view: what is read of one can be sent back."""

import pytest
from pydantic import TypeAdapter

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
