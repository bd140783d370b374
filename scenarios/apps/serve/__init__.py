"""A world served until it is told to stop, with an interface to change it while it runs."""
