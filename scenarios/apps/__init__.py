"""The applications: command line, demo, a served world, and the pytest plugin."""
