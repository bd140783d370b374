"""What is kept of a run is read back into an equal value, and nothing else is."""

import dataclasses
import json
from collections import Counter
from functools import partial
from typing import Any

import pytest

from gateway_sim.client.verify import Verdict
from gateway_sim.scenarios.compare.tournament import play
from gateway_sim.scenarios.run.record import RecordRefused, text_of, value_of
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import GatewayProgram, Program, RunSpec
from gateway_sim.scenarios.search.explore.explored import explore_seed
from gateway_sim.scenarios.search.explore.search_config import SearchConfig

BUSY = RunSpec("fresh-route", gateway="route-not-ready", settings={"order": "random"})


@pytest.mark.parametrize(
    "found",
    [
        partial(run, BUSY),
        partial(run, RunSpec("reclaim-storm", settings={"variant": "broken"})),
        partial(play, BUSY),
        partial(explore_seed, SearchConfig("fresh-route"), 2),
    ],
    ids=["race", "story", "score", "drawn world"],
)
def test_a_result_is_read_back_with_its_trace_and_its_witnesses(found: Any) -> None:
    """Also of a run that broke promises, and of an event with an enumeration in it."""
    result = found()
    read = value_of(text_of(result))
    assert read == result
    assert type(read) is type(result)
    assert text_of(read) == text_of(result)
    if hasattr(result, "trace"):
        assert read.trace.digest() == result.trace.digest()
        assert [type(entry.event) for entry in read.trace.entries] == [type(e.event) for e in result.trace.entries]


@pytest.mark.parametrize(
    "value",
    [
        RunSpec("a", seed=3, program=Program("x.py", ("-v",)), own_gateway=GatewayProgram(urls=("http://a",))),
        Counter({"a": 2}),
        {(1, 2): [None, True, 1.5, float("inf")]},
        {"$": "a field of that name"},
        frozenset({"b", "a"}),
        Verdict(next(iter(Verdict)).value),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_read_back(value: object) -> None:
    """Tuples stay tuples, and whole numbers whole."""
    read = value_of(text_of(value))
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"$": "subprocess_of_another:Popen"}, "which is not of gateway-sim nor of your plugins"),
        ({"$": "os:system"}, "no dataclass"),
        ({"$": "gateway_sim.scenarios.run.runner:run"}, "no dataclass"),
        ({"$": "gateway_sim.scenarios.run.spec:RunSpec"}, "cannot be read: 'race'"),
        ({"$": "gateway_sim.scenarios.run.spec:Gone"}, "cannot be read"),
    ],
)
def test_a_record_that_names_something_else_is_refused(record: dict[str, str], why: str) -> None:
    """A store that another person made runs no code here."""
    with pytest.raises(RecordRefused, match=why):
        value_of(json.dumps(record))


def test_no_text_depends_on_which_strings_are_one_object() -> None:
    """As a pickle's bytes do: a result that came from another process would have others."""
    result = play(BUSY)
    other = dataclasses.replace(result, race="".join(list(result.race)))
    assert text_of(other) == text_of(result)
