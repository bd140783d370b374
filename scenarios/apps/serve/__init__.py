"""A live world that runs until Ctrl-C, with an HTTP interface for faults, trace and metrics."""
