"""Faults of an address, met by an unmodified program's own sockets."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.faults.address import AddressRefuses, AddressSwallows, HalfOpen
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import Program, RunSpec
from gateway_sim.scenarios.sim.events import ScriptPrinted
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault

PROGRAM = """
import http.client, os, time
from urllib.parse import urlsplit

place = urlsplit(os.environ["GATEWAY_SIM_JOB_URL"])
KEY = {"X-API-Key": os.environ["GATEWAY_SIM_API_KEY"]}

def tried(connection):
    began = time.monotonic()
    try:
        connection.request("GET", f"{place.path}/api/v1/healthz", headers=KEY)
        answer = connection.getresponse()
        answer.read()
        said = answer.status
    except OSError as error:
        said = type(error).__name__
    print(said, round(time.monotonic() - began))

def connection(timeout):
    return http.client.HTTPConnection(place.hostname, place.port, timeout=timeout)

kept = connection(timeout=4)
tried(kept)
time.sleep(1)
tried(kept)
tried(connection(timeout=3))
time.sleep(20)
tried(connection(timeout=3))
"""


@pytest.mark.parametrize(
    ("fault", "printed"),
    [
        (AddressSwallows(of="gateway", for_s=15.0), ["200 0", "TimeoutError 4", "TimeoutError 3", "200 0"]),
        (AddressSwallows(of="gateway", for_s=3.0), ["200 0", "200 2", "200 0", "200 0"]),
        (
            AddressRefuses(of="gateway", for_s=15.0),
            ["200 0", "ConnectionResetError 0", "ConnectionRefusedError 0", "200 0"],
        ),
        (HalfOpen(of="gateway"), ["200 0", "TimeoutError 4", "200 0", "200 0"]),
    ],
    ids=["swallows", "swallows for a while", "refuses", "half-open"],
)  # fmt: skip
def test_a_programs_sockets_meet_a_fault_of_the_gateways_address(
    tmp_path: Path, fault: Fault, printed: list[str]
) -> None:
    """An open connection first, then a new one, then a new one after the fault."""

    async def play(world: World) -> None:
        await world.start_job()
        run = world.start_training()
        await world.until(ScriptPrinted)
        world.inject(fault)
        await run

    (tmp_path / "program.py").write_text(PROGRAM)
    race = replace(races.load("healthy"), promises=(), must_reach=(), play=play)
    result = run_plan(race_plan(RunSpec("healthy", program=Program(str(tmp_path / "program.py"))), race=race))
    assert [entry.event.text for entry in result.trace.of(ScriptPrinted)] == printed
