"""A setting that changes nothing in a run is found out by playing the run without it."""

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.run.effect import without_effect
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


@pytest.mark.parametrize(
    ("race", "gateway", "words", "idle"),
    [
        ("healthy", "not-found", {"law": "uniform", "lag_s": "5"}, ["law", "lag_s"]),
        ("healthy", "not-found", {"stale": "3"}, ["stale"]),
        ("healthy", "not-found", {"stale": "1", "lag_s": "5"}, []),
        ("healthy", "not-found", {"lora_rank": "8"}, []),
        ("healthy", "route-not-ready", {"hold_poll_s": "1"}, ["hold_poll_s"]),
        ("fresh-route", "route-not-ready", {"retry_after_s": "2"}, []),
        ("healthy", "not-found", {"steps": "3"}, ["steps"]),
        ("healthy", "not-found", {"replicas": "5", "stale": "4", "lag_s": "5"}, []),
        ("healthy", "not-found", {"endpoints": "2", "eject_after": "3"}, ["eject_after"]),
    ],
)
def test_a_setting_that_changes_nothing_is_named(
    race: str, gateway: str, words: dict[str, str], idle: list[str]
) -> None:
    """Where nothing heeds it, where it is the usual value; not where it changes times or weights alone."""
    spec = RunSpec(race, gateway=gateway, settings=words)
    assert without_effect(spec, run(spec)) == idle


def test_the_command_says_so_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """And the document stays the only thing on stdout."""
    with pytest.raises(SystemExit):
        main(["run", "healthy", "--set", "stale=3", "--json"])
    shown = capsys.readouterr()
    said = " ".join(shown.err.split())
    assert "stale=3 had no effect: without it each event of this run is the same" in said
    assert len(shown.out.splitlines()) == 1
