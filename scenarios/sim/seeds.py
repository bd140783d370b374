"""The one door of chance: a seed, and a named stream of it for each user of chance."""

import random


class Seeds:
    """Streams drawn from one seed; a new draw in one stream leaves all others as they were."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, name: str) -> random.Random:
        """Return a new generator for `name`; the same seed and name give the same draws in any process."""
        return random.Random(f"{self.seed}/{name}")
