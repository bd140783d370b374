"""`python -m scenarios` is `gateway-sim`."""

from scenarios.cli import main

main()
