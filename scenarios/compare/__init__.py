"""Comparisons of many runs: verification, tournament, conformance, parity, the contract, and the costs the PR names."""
