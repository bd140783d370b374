"""Worlds so small that every order of events in them can be played: the product's own code, behind scripted doors."""
