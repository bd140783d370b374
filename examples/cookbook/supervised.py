"""Run the cookbook's `sl_loop`, unmodified, and run it again when it dies, as a scheduler does: it resumes by itself.

The argument is the folder of its log, in which it finds its last checkpoint.
"""

import sys
import time

from tinker_cookbook.recipes import sl_loop

RUN = sl_loop.Config(
    log_path=sys.argv[1], batch_size=8, max_length=1000, learning_rate=1e-2, lora_rank=8, save_every=1, max_steps=4
)

for attempt in range(1, 6):
    try:
        sl_loop.main(RUN)
        break
    except Exception as error:
        print(f"attempt {attempt} died of {type(error).__name__}", flush=True)
        if attempt == 5:
            raise
        time.sleep(10)
