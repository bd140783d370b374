"""Runs of one length on so many places, in waves. Pure."""


def waves_beside(runs: int, places: int, others: int) -> int:
    """Return the waves of so many runs; the first and every other one lacks a place, once for each of the `others`."""
    waves, left = 0, runs
    while left > 0:
        left -= places - (waves % 2 == 0 and waves // 2 < others)
        waves += 1
    return waves
