"""The guest's half of a run in virtual time: it takes over the clock, threads, chance and network of a Python process.

It runs in the guest's own interpreter, before anything else is imported, and uses the standard library alone. One
thread of the guest runs at a time, and hands on only where it would block. When all threads wait, the guest tells the
world its next deadline and what it sent, and the world answers with the time and what arrived.
"""
