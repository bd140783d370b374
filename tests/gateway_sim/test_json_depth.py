"""How deep a JSON text is nested."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.json_depth import is_deeper

VALUES = st.recursive(
    st.text() | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def depth(value: object) -> int:
    """Return the nesting of a value, by its definition."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES)
def test_it_is_the_nesting_that_a_parser_would_meet(value: object) -> None:
    """Whatever stands in its strings."""
    text = json.dumps(value).encode()
    assert depth(value) == 0 or is_deeper(text, depth(value) - 1)
    assert not is_deeper(text, depth(value))


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b'"x' + b"[" * 100_000, b"]" * 9 + b"[" * 100_000]
)
def test_what_is_no_json_is_measured_too(text: bytes) -> None:
    """Its brackets count, but for those behind a quote that is never closed."""
    assert is_deeper(text, 100) is (text[:1] != b'"')
