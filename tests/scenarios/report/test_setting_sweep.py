"""How a sweep's numbers read: whole, with separators, and the best value by what made it the best."""

import pytest

from gateway_sim.scenarios.compare.setting_sweep import Measured, Row, Sweep
from gateway_sim.scenarios.report.setting_sweep import sweep_table


def swept(*damages: float) -> Sweep:
    """Return a sweep of a load with these damages, the least of which is the best; the cost falls."""
    rows = [
        Row({"load": f"0.{n}"}, "", 5, Measured(1.0, 0.5, 1.0), Measured(damage, damage - 9.25, damage + 9.25),
            Measured(42158.9 - n, 36670.2, 107300.4), None, damage == min(damages), "")
        for n, damage in enumerate(damages, 7)
    ]  # fmt: skip
    return Sweep("gpu-fragmentation", {}, {}, ["load"], 5, "GPU-hours", "ended_s", rows)


def test_large_numbers_are_written_out() -> None:
    """The ends of an interval as its mean, and not by powers of ten."""
    text = sweep_table(swept(57.852, 41.218)).markdown()
    assert "42,152 (36,670 to 107,300)" in text
    assert "57.852 (48.6 to 67.1)" in text


@pytest.mark.parametrize(
    ("damages", "said"),
    [((57.8, 41.218, 51.0), "best: load=0.8, damage 41.218, ended_s 42,150.9"), ((0.0, 0.0), "ended_s 42,151.9")],
)
def test_the_best_value_is_told_with_what_made_it_the_best(damages: tuple[float, ...], said: str) -> None:
    """Its damage where values differ in it: another value may cost less."""
    sentence = swept(*damages).sentence()
    assert said in sentence
    assert ("damage" in sentence) is (len(set(damages)) > 1)
