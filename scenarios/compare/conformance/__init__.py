"""Conformance: what the user of a real SDK sees for every answer on every leg (docs/reference/protocol.md §4).

`answers` and `places` are the table's axes, `stage` gives one answer at one place, `cell` plays one cell of the table,
and `table` all of them; `kept` is their file, and `by_profile` plays them with the SDKs' profiles.
"""
