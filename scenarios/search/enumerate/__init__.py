"""Worlds so small that every order of their events can be played, on the product's own code."""
