"""Guests: unmodified Python programs whose clock, threads and network are those of a virtual world.

`gateway_sim_guest/` runs inside the guest's process; the modules here are the world's half.
"""
