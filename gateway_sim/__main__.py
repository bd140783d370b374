"""`python -m gateway_sim` is `gateway-sim`."""

from gateway_sim.scenarios.apps.cli import main

main()
