"""`gateway-sim warmup`: the number of probes that makes false readiness rare."""

import random
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Balance, Json
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.policies import BALANCES


def warm_up_adequacy(
    replicas: Annotated[int, typer.Option(min=1, max=200, help="How many gateway replicas there are.")] = 3,
    balance: Balance = "per-request",
    law: Annotated[
        str, typer.Option(help="How late a replica is: fixed, uniform or exponential.", autocompletion=completed("law"))
    ] = "uniform",
    lag_s: Annotated[float, typer.Option(min=0.0, help="The law's number: the lag, the longest, or the mean.")] = 8.0,
    gap_s: Annotated[float, typer.Option(min=0.01, help="Seconds between two probes.")] = 1.0,
    probes: Annotated[int, typer.Option(min=1, max=100, help="A number of successes to judge; PR 348 asks 3.")] = 3,
    rate: Annotated[float, typer.Option(min=1e-12, max=0.5, help="How rare false readiness must be.")] = 1e-6,
    runs: Annotated[int, typer.Option(min=0, help="Check the judgement against so many simulated warm-ups.")] = 2000,
    as_json: Json = False,
) -> None:
    """Compute how many probes bring false readiness below a rate; exit 1 if the simulation contradicts the numbers."""
    from gateway_sim.scenarios.compare.warmup_adequacy import (
        MOST_PROBES,
        Question,
        coverage_probes,
        false_readiness,
        probes_needed,
        simulated,
    )
    from gateway_sim.scenarios.judge.wilson import wilson
    from gateway_sim.scenarios.world.settings import LAWS

    check("balance", balance, BALANCES)
    check("law", law, LAWS)
    question = Question(replicas, balance, law, lag_s, gap_s)
    lie = false_readiness(question, probes)
    needed = probes_needed(question, rate)
    seen = simulated(question, probes, runs, random.Random(f"warmup/{runs}")) if runs else None
    # four standard deviations: chance alone exceeds them once in ten thousand times
    low, high = (0.0, 1.0) if seen is None else wilson(round(seen * runs), runs, z=4.0)
    agrees = low <= lie <= high
    document = {
        "replicas": replicas, "balance": balance, "law": law, "lag_s": lag_s, "gap_s": gap_s,
        "probes": probes, "false_readiness": lie, "simulated": seen, "runs": runs, "agrees": agrees,
        "rate": rate, "probes_needed": needed, "coverage_probes": coverage_probes(replicas, rate),
    }  # fmt: skip
    if as_json:
        printed("warmup", document)
    else:
        out = screen()
        out.print(f"{probes} successes in a row, {gap_s:g} s apart: ready too early in {lie:.3%} of runs", end="")
        out.print("" if seen is None else f" ({seen:.3%} of {runs} simulated)")
        said = (
            f"{needed} in a row ({(needed - 1) * gap_s:g} s)" if needed else f"no number up to {MOST_PROBES} in a row"
        )
        out.print(f"below {rate:g}: {said}")
        out.print(
            f"by coverage: one proof from each of the {replicas}; "
            f"{document['coverage_probes']} connections meet them all but for {rate:g}, and no proof is false"
        )
    raise typer.Exit(0 if agrees else 1)
