"""The last import of the process from which the workers of a sweep are forked: it then ends at once with its caller.

Without it torch frees its objects one by one, and what reads the caller's output waits for that.
"""

import atexit
import os

# runs first at exit
atexit.register(os._exit, 0)
