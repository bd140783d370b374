"""Comparisons of many runs: verification, tournament, conformance, parity, and the costs the PR names."""
