"""Events as CSV: each kind is read as it was written, and a line that is wrong is refused with its number."""

import csv
import dataclasses
import types
from typing import get_args, get_origin

import pytest

from gateway_sim.scenarios.orchestration.logs.facts import Facts
from gateway_sim.scenarios.orchestration.logs.needs import dashed, kinds
from gateway_sim.scenarios.orchestration.logs.plain import fields
from gateway_sim.scenarios.orchestration.logs.source import read_log
from gateway_sim.scenarios.sim.errors import UsageError


def sample(hint):
    """Return a value of a type."""
    if isinstance(hint, types.UnionType):
        return "load"
    if get_origin(hint) is tuple:
        return tuple(map(sample, [one for one in get_args(hint) if one is not ...]))
    return {str: "a b", int: 3, float: 2.5, bool: False}[hint]


def cell(value):
    """Return a value as a file of events has it."""
    if isinstance(value, tuple):
        return " ".join(f"{one[0].replace(' ', '')}={one[1]}" if isinstance(one, tuple) else str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("spelt", [dashed, str, lambda name: dashed(name).replace("-", "_")])
def test_every_kind_of_event_is_read_as_it_was_written(tmp_path, spelt):
    """With its name as a word with dashes, as the trace has it, or as a column of a database."""
    made = [kind(**{n: sample(h) for n, h in fields()[name].items()}) for name, kind in kinds().items()]
    made = [dataclasses.replace(one, nodes=(("n1", 8),)) if hasattr(one, "nodes") else one for one in made]
    columns = list(dict.fromkeys(name for own in fields().values() for name in own))
    with (tmp_path / "log.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, ["time", "event", *columns])
        rows.writeheader()
        for event in made:
            values = {name: cell(value) for name, value in vars(event).items()}
            rows.writerow({"time": 0, "event": spelt(type(event).__name__), **values})
    assert [entry.event for entry in read_log([tmp_path / "log.csv"], Facts()).trace.entries] == made


def test_lines_are_in_the_order_of_time_from_the_first_on(tmp_path):
    """A date is in UTC where it has no zone; `by_s` is a moment like the others."""
    (tmp_path / "log.csv").write_text(
        "time,event,cluster,work,by_s\n"
        "2026-11-28T10:00:00+01:00,work-ended,c,w,\n"
        "2026-11-28 08:00:00,deadline-set,c,w,2026-11-28T08:30:00Z\n"
    )
    log = read_log([tmp_path / "log.csv"], Facts())
    assert [(e.at_s, e.name, e.source.rpartition(":")[2]) for e in log.trace.entries] == [
        (0.0, "DeadlineSet", "3"),
        (3600.0, "WorkEnded", "2"),
    ]
    assert log.trace.entries[0].event.by_s == 1800.0
    assert log.moment(60.0) == "2026-11-28 08:01:00"


HEAD = "time,event,name,held,limit,passed,rows\n"
WRONG = {
    "an event": ("0,limit-takn,a,1,1,,", "line 3: no event is called 'limit-takn'; did you mean limit-taken?"),
    "no event": ("0,,a,1,1,,", "line 3: no event is called ''"),
    "no time": (",limit-taken,a,1,1,,", "line 3: it has no time"),
    "a number": ("0,limit-taken,a,one,1,,", "line 3, column held: 'one' must be a whole number"),
    "no field": ("0,limit-taken,a,1,,,", "line 3: limit-taken needs limit, and it has none"),
    "no column": ("0,task-began,a,1,1,,", "line 3: task-began needs pipeline, and it has none"),
    "cells": ("0,limit-taken,a,1", "line 3, column 5: the row has 4 cells"),
}


@pytest.mark.parametrize(("line", "says"), WRONG.values(), ids=WRONG)
def test_a_line_that_is_wrong_is_refused_with_its_number(tmp_path, line, says):
    """After one that is right."""
    (tmp_path / "log.csv").write_text(f"{HEAD}0,limit-taken,a,1,1,,\n{line}\n")
    with pytest.raises(UsageError) as refused:
        read_log([tmp_path / "log.csv"], Facts())
    assert says in str(refused.value)


def test_a_truth_and_a_number_are_no_other_word(tmp_path):
    """Nor a number without an end."""
    for text, says in {"yes,1": "column passed: 'yes' must be true or false", "true,nan": "must be a whole"}.items():
        (tmp_path / "log.csv").write_text(
            f"time,event,table,version,date,reason,passed,version2\n0,gate-decided,t,{text.partition(',')[2]},d,,{text.partition(',')[0]},\n"
        )
        with pytest.raises(UsageError, match=says):
            read_log([tmp_path / "log.csv"], Facts())


def test_a_column_that_no_event_has_is_named(tmp_path):
    """A typing error in a name is seen."""
    (tmp_path / "log.csv").write_text("time,event,name,held,holdr\n0,limit-given-back,a,1,x\n")
    assert any("holdr of " in note for note in read_log([tmp_path / "log.csv"], Facts()).notes)
