"""The words of `GATEWAY_SIM_LIMITS`, and the names of this machine."""

import dataclasses
from pathlib import Path

import pytest

from gateway_sim.trainer_pod.http_limits import VARIABLE, HttpLimits, LimitsRefused


def test_limits_are_named_one_by_one_and_the_others_keep_their_defaults() -> None:
    """Numbers of the kind that the default has."""
    limits = HttpLimits.of({VARIABLE: "head_s=5, connections=64,hosts=host.docker.internal"})
    assert limits == HttpLimits(head_s=5.0, connections=64, hosts="host.docker.internal")
    assert HttpLimits.of({VARIABLE: "hosts=a=b"}).hosts == "a=b"
    assert HttpLimits.of({}) == HttpLimits()


@pytest.mark.parametrize(
    "words", ["head=5", "head_s", "head_s=0", "head_s=-1", "head_s=nan", "head_s=inf", "headers=x"]
)
def test_a_word_that_is_off_is_refused_by_name(words: str) -> None:
    """The sentence repeats it, because a variable is far from the command that reads it."""
    with pytest.raises(LimitsRefused, match=words.replace("=", ".")):
        HttpLimits.of({VARIABLE: words})


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1:8350", True), ("127.3.2.1", True), ("localhost", True), ("LocalHost:1", True), ("[::1]:80", True),
        ("demo.localhost:1", True), ("docker:80", True),
        ("evil.example:8350", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example", False),
        ("", False), ("127.1", False), ("1270.0.0.1", False), ("evil.example:127.0.0.1", False), ("[::2]", False),
        ('"><script>1</script>.localhost', False), ("evil@x.localhost", False), ("127.0.0.²", False),
    ],
)  # fmt: skip
def test_only_the_loopback_interface_is_this_machine(host: str, is_here: bool) -> None:
    """And what the user names. A name that begins or ends like one is another site's, and none has markup."""
    assert HttpLimits(hosts="docker+other").admits_host(host) is is_here


def test_the_page_about_safety_has_every_limit_with_its_default() -> None:
    """A row each."""
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    for limit in dataclasses.fields(HttpLimits):
        told = f"{limit.default:,.0f}" if limit.default else "none"
        assert f"| `{limit.name}` | {told} |" in page, limit.name
