"""Same seed, same digest, in fresh processes and whatever the hash seed; another seed, another digest."""

import json
import os
import subprocess
import sys

import pytest

from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

PAIRS = [
    RunSpec("fresh-route", "plain", "route-not-ready", balance="per-request"),
    RunSpec("incident-344", "warmup-verified", "not-found"),
    RunSpec("mid-training-flap", "blanket-404", "not-found", balance="per-request"),
]


@pytest.mark.parametrize("spec", PAIRS, ids=lambda spec: spec.race)
def test_a_seed_plays_the_same_twice(spec: RunSpec) -> None:
    """Two runs of a seed in one process leave the same trace, line by line."""
    first, second = run(spec), run(spec)
    assert first.trace.text() == second.trace.text()
    assert first.digest == second.digest


def test_another_seed_is_another_world() -> None:
    """Latencies and jitters differ, and the digest shows it."""
    digests = {run(RunSpec("fresh-route", gateway="route-not-ready", seed=seed)).digest for seed in range(5)}
    assert len(digests) == 5


def test_fresh_processes_agree_whatever_the_hash_seed() -> None:
    """Two processes under two PYTHONHASHSEEDs print the digest of this one."""
    line = [sys.executable, "-c", "from gateway_sim.scenarios.apps.cli import main; main()"]
    line += ["run", "fresh-route", "--gateway", "route-not-ready", "--balance", "per-request", "--seed", "3", "--json"]
    environments = [{**os.environ, "PYTHONHASHSEED": hash_seed} for hash_seed in ("0", "4242")]
    begun = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment) for environment in environments]
    digests = {json.loads(one.communicate()[0])["digest"] for one in begun}
    assert digests == {run(RunSpec("fresh-route", gateway="route-not-ready", balance="per-request", seed=3)).digest}
