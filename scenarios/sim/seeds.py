"""The only source of randomness: a seed, and a named stream of it for each part that draws."""

import random


class Seeds:
    """Streams of one seed; a draw from one stream changes no other."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, name: str) -> random.Random:
        """Return a new generator for `name`; the same seed and name give the same draws in any process."""
        return random.Random(f"{self.seed}/{name}")
