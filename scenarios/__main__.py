"""`python -m scenarios` is `gateway-sim`."""

from scenarios.apps.cli import main

main()
