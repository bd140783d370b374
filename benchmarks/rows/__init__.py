"""One measurement a file; see `benchmarks`."""
