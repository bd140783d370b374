"""Runs: what to run, the plan of a run, the engines that play it, its result, and the processes of a sweep."""
