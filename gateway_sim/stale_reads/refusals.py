"""The error of a call that cannot be answered with stale items."""


class StaleReadRefused(ValueError):
    """A call that cannot be answered with stale items; the message names it and says what to write instead."""
