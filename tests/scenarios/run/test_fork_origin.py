"""The process from which workers are forked ends at once, without the work that libraries leave for the exit."""

import importlib.util
import subprocess
import sys

from gateway_sim.scenarios.run.pool import ENDS_AT_ONCE


def test_nothing_else_runs_at_the_exit_of_the_process():
    """Neither what others registered, nor the freeing of objects; a name that is not there would be ignored."""
    assert importlib.util.find_spec(ENDS_AT_ONCE) is not None
    script = f"import atexit; atexit.register(print, 'freed'); import {ENDS_AT_ONCE}"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
